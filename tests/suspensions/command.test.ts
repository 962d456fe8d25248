/** `sealcam suspend`, `lift` and `suspensions` as they are typed, against a relay of its own process. */
import { describe, expect, test } from 'vitest';
import { folderFor, onEnd } from '../harness/cleanup.ts';
import { sealcam } from '../harness/child.ts';

describe('on the command line', () => {
  test('a person suspends, sees it, and lifts it with a name and a reason', async () => {
    const data = await folderFor('suspend');
    const relay = sealcam(data, 'relay', '--port', '0', '--tls', 'none', '--log', 'silent');
    onEnd(() => relay.end('SIGTERM'));
    await relay.seen(/Ctrl-C ends it/);
    const typed = async (...words: string[]) => await sealcam(data, ...words).ended;

    expect(await typed('suspensions')).toMatchObject({
      code: 0,
      out: '',
      err: expect.stringContaining('Nothing is') as string,
    });
    const pair = await typed(
      'suspend',
      'pair',
      'Reolink  RLC-520A',
      'Nest Hub',
      '--by',
      'Ada',
      '--reason',
      'odd stills',
    );
    expect(pair).toMatchObject({ code: 0 });
    const [, id = ''] =
      /^(\w{32}) {2}pair "reolink rlc-520a" "nest hub", since .* by Ada: odd stills$/m.exec(pair.out) ?? [];
    expect(id).not.toBe('');
    expect((await typed('suspensions')).out).toBe(pair.out);

    const refusals = [
      [['lift', id, '--reason', 'mended'], '--by'],
      [['lift', id, '--by', 'Grace'], '--reason'],
      [['lift', '0'.repeat(32), '--by', 'Grace', '--reason', 'mended'], 'command.invalid'],
      [['suspend', 'everything'], '--reason'],
      [['suspend', 'pair', 'one', '--reason', 'x'], 'display model'],
      [['suspend', 'parner', 'x', '--reason', 'x'], 'partner'],
      [['suspend', 'partner', 'sealed', '--reason', 'x'], 'command.invalid'],
      [['suspend', 'display', 'x', 'y', '--reason', 'x'], 'command.invalid'],
    ] as const;
    for (const [words, says] of refusals)
      expect(await typed(...words)).toMatchObject({ code: 1, out: '', err: expect.stringContaining(says) as string });

    expect((await typed('lift', id, '--by', 'Grace', '--reason', 'mended')).out).toContain('by Grace: mended');
    expect((await typed('suspensions')).out).toBe('');
    expect((await typed('suspensions', '--all')).out).toContain(id);
  });

  test('says so where no relay runs', async () => {
    const ended = await sealcam(await folderFor('suspend'), 'suspensions').ended;
    expect(ended).toMatchObject({ code: 1, err: expect.stringContaining('No relay runs') as string });
  });
});
