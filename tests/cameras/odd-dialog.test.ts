/** Cameras that count, answer and wait in their own way. What FFmpeg plays of them, Sealcam plays. */
import type net from 'node:net';
import { afterAll, describe, expect, test } from 'vitest';
import { answer, goodAnswer, type HostileCamera, type HostileRequest } from './hostile.ts';
import { NOTHING, startOdd, type Habit } from './odd-camera.ts';
import { watching } from './watching.ts';

const cleanup: (() => Promise<void> | void)[] = [];
afterAll(async () => {
  for (const each of cleanup.splice(0).reverse()) await each();
});

async function live(
  habit: Habit,
  pictures: number,
): Promise<{ readonly states: string[]; readonly camera: HostileCamera }> {
  const camera = await startOdd(habit);
  cleanup.push(() => camera.stop());
  const watched = watching(camera, { transport: 'tcp' });
  cleanup.push(() => watched.stop());
  await watched.nextUnits('video', pictures);
  return { states: watched.states.map(({ state }) => state).filter((state) => state !== 'waiting'), camera };
}

describe.concurrent('a camera that', () => {
  test.each<[string, Habit]>([
    ['does not count its packets', { sequence: () => 77 }],
    ['counts pictures instead of packets', { sequence: (_number, index) => index }],
    ['begins to count anew', { sequence: (number) => number % 50 }],
    [
      'answers in RTSP/2.0',
      { answers: (request) => (request.method === 'OPTIONS' ? goodAnswer(request).replace('1.0', '2.0') : undefined) },
    ],
    ['sends its viewers to a path alone', { answers: moved }],
    ['says that it is at work before it answers', { answers: (request, socket) => atWork(request, socket) }],
  ])('%s: a picture, and it stays', async (_what, habit) => {
    const { states, camera } = await live(habit, 24);
    expect([states, camera.connections]).toEqual([['connecting', 'live'], 1]);
  });

  test('answers PLAY after five seconds', async () => {
    const { states, camera } = await live({ answers: late('PLAY', 5_000) }, 3);
    expect([states, camera.connections]).toEqual([['connecting', 'live'], 1]);
  });

  test('sends its first packet after six seconds, and answers nothing until then', async () => {
    const { states, camera } = await live({ answers: busy(6_000) }, 3);
    expect([states, camera.connections]).toEqual([['connecting', 'live'], 1]);
  });

  test('refuses the first question that keeps it alive: the other one comes at once', async () => {
    const { camera } = await live({ fps: 4, answers: forgetful() }, 28);
    expect(camera.asked.slice(4, 6)).toEqual(['GET_PARAMETER', 'OPTIONS']);
    expect(camera.connections).toBe(1);
  });
});

function moved({ method, cseq, text }: HostileRequest): string | undefined {
  const isMoved = method === 'DESCRIBE' && !/^\S+ \S+\/real /u.test(text);
  return isMoved ? answer(cseq, '302 Found', { Location: '/real' }) : undefined;
}

type Answers = NonNullable<Habit['answers']>;

function atWork({ method, cseq }: HostileRequest, socket: net.Socket): undefined {
  if (method === 'DESCRIBE') socket.write(answer(cseq, '100 Continue'));
}

function late(method: string, ms: number): Answers {
  return (request, socket, play) => {
    if (request.method !== method) return undefined;
    setTimeout(() => {
      socket.write(goodAnswer(request));
      play();
    }, ms);
    return NOTHING;
  };
}

function busy(ms: number): Answers {
  let isBusy = false;
  return (request, _socket, play) => {
    if (isBusy) return NOTHING;
    if (request.method !== 'PLAY') return undefined;
    isBusy = true;
    setTimeout(play, ms);
    return goodAnswer(request);
  };
}

/** Hangs up after 3.5 seconds in which nobody said OPTIONS, and knows nothing else that would keep it. */
function forgetful(): Answers {
  let timer: NodeJS.Timeout | undefined;
  return ({ method, cseq }, socket) => {
    if (method === 'GET_PARAMETER') return answer(cseq, '501 Not Implemented');
    if (method === 'OPTIONS' || method === 'PLAY') {
      clearTimeout(timer);
      timer = setTimeout(() => socket.destroy(), 3_500);
    }
    if (method !== 'SETUP') return undefined;
    const transport = { Transport: 'RTP/AVP/TCP;unicast;interleaved=0-1', Session: 'abc;timeout=4' };
    return answer(cseq, '200 OK', transport);
  };
}
