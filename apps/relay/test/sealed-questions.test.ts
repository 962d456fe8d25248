/** What an agent is asked when an incident names its home: bounded, answered by its own signature alone, waited for by nobody. */
import { afterEach, describe, expect, it } from 'vitest';
import { signSealedAnswer, type DeviceKeys } from '@sealcam/home';
import { homeId, keyId, millis, toBase64Url } from '@sealcam/protocol';
import { agentTopic, Bus, type AgentRequest } from '../src/bus.ts';
import { SealedQuestions } from '../src/incidents/sealed-questions.ts';
import { House, kidOf, Lab } from './house.ts';
import { living, report, targets, worked } from './living.ts';
import { ManualClock } from './manual-clock.ts';

const lab = new Lab();
afterEach(() => lab.end());

type Ask = Extract<AgentRequest, { readonly t: 'sealed.ask' }>;

async function rig(clock = new ManualClock()) {
  const house = await House.build(lab, await lab.relay());
  const bus = new Bus();
  const asked: Ask[] = [];
  const leave = bus.subscribe(agentTopic(house.id), (request) => {
    if (request.t === 'sealed.ask') asked.push(request);
  });
  const sign = (ask: Ask, by: DeviceKeys = house.agentKeys, kid = ask.kid) =>
    signSealedAnswer(by, { homeId: house.id, kid, ctr: ask.ctr, answer: 'no', timeMs: millis(1) });
  return { house, asked, leave, sign, clock, questions: new SealedQuestions(bus, clock) };
}

const KID = kidOf('asked');
const ends = async (answer: Promise<string>): Promise<string> => await Promise.race([answer, Promise.resolve('waits')]);

describe('a question to an agent', () => {
  it('is answered by the signature of its own agent about that very frame, and by nothing else', async () => {
    const { house, asked, sign, questions } = await rig();
    const other = await House.build(lab, house.relay);
    const answer = questions.ask(house.id, KID, 7);
    const [ask] = asked;
    if (ask === undefined) throw new Error('not asked');
    await questions.take(other.head, ask.id, await sign(ask));
    await questions.take(house.head, ask.id + 1, await sign(ask));
    for (const wrong of [await sign(ask, house.admin), await sign(ask, house.agentKeys, keyId('ff'.repeat(8)))])
      await expect(questions.take(house.head, ask.id, wrong)).rejects.toMatchObject({ code: 'auth.refused' });
    expect(await ends(answer)).toBe('waits');
    await questions.take(house.head, ask.id, await sign(ask));
    expect(await answer).toBe('no');
  });

  it('that nobody hears, or nobody answers, is unknown; and no home is asked without end', async () => {
    const { house, asked, leave, clock, questions } = await rig();
    const answers = Array.from({ length: 50 }, (_, ctr) => questions.ask(house.id, KID, ctr));
    expect(asked).toHaveLength(16);
    clock.advance(4_999);
    questions.tick();
    expect(await ends(answers[0] ?? Promise.resolve(''))).toBe('waits');
    clock.advance(1);
    questions.tick();
    expect(new Set(await Promise.all(answers))).toEqual(new Set(['unknown']));
    clock.advance(60_000);
    void questions.ask(house.id, KID, 1);
    expect(asked).toHaveLength(17);
    leave();
    expect(await questions.ask(house.id, KID, 1)).toBe('unknown');
  });

  it('comes sixteen times at once and then every four seconds to a home, and 1,024 times at once to all of them', () => {
    const [clock, bus] = [new ManualClock(), new Bus()];
    const questions = new SealedQuestions(bus, clock);
    const asked = new Map<string, number>();
    const homes = Array.from({ length: 80 }, (_, n) => homeId(n.toString(16).padStart(32, '0')));
    for (const home of homes) bus.subscribe(agentTopic(home), () => void asked.set(home, (asked.get(home) ?? 0) + 1));
    const askAll = (): void => {
      for (const home of homes) for (let n = 0; n < 17; n += 1) void questions.ask(home, KID, n);
    };
    const timesAsked = (): number => [...asked.values()].reduce((sum, n) => sum + n, 0);
    askAll();
    expect([timesAsked(), new Set(asked.values())]).toEqual([1_024, new Set([16])]);
    clock.advance(5_000);
    questions.tick();
    asked.clear();
    askAll();
    // 64 homes have one question again, of five seconds; 16 were not asked before.
    expect([timesAsked(), asked.get(homes[0] ?? ''), asked.get(homes.at(-1) ?? '')]).toEqual([64 + 256, 1, 16]);
    clock.advance(2_999);
    askAll();
    expect(asked.get(homes[0] ?? '')).toBe(1);
    clock.advance(1);
    askAll();
    expect(asked.get(homes[0] ?? '')).toBe(2);
  });
});

describe('what rests on an incident, or on the word of a home', () => {
  it('is found and lifted in one step, and nothing else with it', async () => {
    const relay = await lab.relay();
    const [liar, other, owner] = [await living(lab, relay), await living(lab, relay), await living(lab, relay)];
    for (const by of [liar, other]) {
      by.display.send(await report(by, owner.kid, 1));
      await worked(by.display);
    }
    await relay.suspensions.suspend({ target: { width: 'partner', partner: 'fixture' }, cause: 'operator', by: 'Ada', reason: 'a test' }); // prettier-ignore
    expect(await targets(relay)).toHaveLength(3);
    const [incident] = (await relay.incidents.list({ limit: 10 })).filter(
      ({ viewer }) => viewer.homeId === liar.house.id,
    );
    const on = await relay.resting.on({ incidentId: incident?.id ?? '' });
    expect(on.map(({ target }) => target)).toMatchObject([{ width: 'link', homeId: liar.house.id }]);
    const why = { by: 'Ada', reason: 'a word, no more' };
    expect(await relay.resting.lift({ incidentId: incident?.id ?? '' }, why)).toHaveLength(1);
    expect(await relay.resting.on({ homeId: liar.house.id })).toEqual([]);
    expect(await relay.resting.lift({ homeId: other.house.id }, why)).toMatchObject([{ lifted: why }]);
    expect(await targets(relay)).toEqual([{ width: 'partner', partner: 'fixture' }]);
    await expect(relay.resting.on({ incidentId: 'none' })).rejects.toMatchObject({ code: 'command.invalid' });
    await expect(relay.resting.lift({ homeId: liar.house.id }, why)).resolves.toEqual([]);
  });

  it('an answer that nobody asked for costs an agent nothing and changes nothing', async () => {
    const relay = await lab.relay();
    const { house, agent } = await living(lab, relay);
    const about = { homeId: house.id, kid: KID, ctr: 1, answer: 'no' as const, timeMs: millis(1) };
    agent.send({ t: 'sealed.answer', id: 99, answer: toBase64Url(await signSealedAnswer(house.agentKeys, about)) });
    await agent.settled();
    expect(agent.closed).toBeUndefined();
  });
});
