/** `sealcam operator`, as it is typed beside a relay that runs. */
import { expect, test } from 'vitest';
import { sealcam, type Child, type Ended } from '../harness/child.ts';
import { folderFor, onEnd } from '../harness/cleanup.ts';
import { OperatorClient, PASSWORD } from '../harness/operator.ts';

async function relayOn(data: string, ...flags: string[]): Promise<{ readonly child: Child; readonly url: string }> {
  const child = sealcam(data, 'relay', '--port', '0', ...flags);
  onEnd(() => child.end());
  const [, port = ''] = await child.seen(/listens on 127\.0\.0\.1:(\d+)/u);
  return { child, url: `http://127.0.0.1:${port}` };
}

async function typed(data: string, ...words: string[]): Promise<Ended> {
  const child = sealcam(data, 'operator', ...words);
  onEnd(() => child.end());
  return await child.ended;
}

test('the first operator comes in by the link of the terminal, is listed, and is removed at once', async () => {
  const data = await folderFor('operator-command');
  const { child, url } = await relayOn(data, '--operator');
  await child.seen(/Operators: http:\S+\/operator/u);
  await child.seen(/There is none yet.*sealcam operator add/u);

  const added = await typed(data, 'add', 'Ada', '--role', 'lift');
  expect(added.code).toBe(0);
  const [, code = ''] = /^http:\S+\/operator#join=([\w-]+)$/mu.exec(added.out) ?? [];
  const ada = new OperatorClient(url);
  expect((await ada.ask('join-password', { code, password: PASSWORD })).status).toBe(200);

  const listed = await typed(data, 'list');
  expect(listed.out).toMatch(/^Ada: lift, since .* \(password\)$/mu);
  expect((await typed(data, 'add', 'ada', '--role', 'look')).err).toContain('operator.taken');
  expect((await typed(data, 'add', 'Bob', '--role', 'king')).err).toContain('one of look, suspend, lift');
  expect((await typed(data, 'add', 'Bob')).err).toContain('--role look|suspend|lift');
  expect((await typed(data, 'remov', 'Ada')).err).toContain('Did you mean remove?');

  expect((await typed(data, 'remove', 'Ada')).code).toBe(0);
  expect((await ada.ask('me')).code).toBe('operator.signed-out');
  expect((await typed(data, 'remove', 'Ada')).err).toContain('operator.unknown');
});

test('where there is no page, or no relay, it says what to start', async () => {
  const data = await folderFor('operator-none');
  expect((await typed(data, 'add', 'Ada', '--role', 'look')).err).toContain('sealcam relay --operator');
  await relayOn(data);
  expect((await typed(data, 'add', 'Ada', '--role', 'look')).err).toContain('Start it with --operator first.');
});
