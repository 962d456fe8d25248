/** What the terminal shows of a running agent. */
import type { AgentState } from '@sealcam/agent';
import { homeId, millis } from '@sealcam/protocol';
import { describe, expect, it } from 'vitest';
import type { Terminal } from './terminal.ts';
import { showAgent } from './welcome.ts';

function record(watched: boolean): { terminal: Terminal; text: () => string } {
  let text = '';
  const say = (line = ''): void => void (text += `${line}\n`);
  return {
    terminal: { say, note: say, progress: () => ({ done: () => undefined }), watched, columns: 80 },
    text: () => text,
  };
}

const link = (secret: string) => ({
  url: `http://127.0.0.1:8420/app#claim=${secret.repeat(60)}`,
  expiresMs: millis(1),
});

/** The rows a terminal of 80 columns shows: `CSI n A` goes up, `CSI J` clears from there. */
function screen(text: string): string[] {
  const rows: string[] = [''];
  // eslint-disable-next-line no-control-regex -- escapes are what this reads
  for (const [, up, , line = ''] of text.matchAll(/(?:\u001B\[(\d+)A(\u001B\[J))?([^\n]*)\n/g)) {
    if (up !== undefined) rows.splice(rows.length - 1 - Number(up), Infinity, '');
    const plain = line.split('\u001B[30;107m').join('').split('\u001B[0m').join('');
    rows.pop();
    for (let at = 0; at === 0 || at < plain.length; at += 80) rows.push(plain.slice(at, at + 80));
    rows.push('');
  }
  return rows;
}

describe('the claim link', () => {
  it('that is renewed takes the place of the old one, to the row', () => {
    const { terminal, text } = record(true);
    terminal.say('before');
    const show = showAgent(terminal, 'http://127.0.0.1:8420');
    show.claimLink(link('a'));
    const once = screen(text());
    show.claimLink(link('b'));
    const twice = screen(text());
    expect(twice).toHaveLength(once.length);
    expect(twice[0]).toBe('before');
    expect(twice.join('')).toContain('bbbb');
    expect(twice.join('')).not.toContain('aaaa');
  });

  it('in a file or a pipe is printed again without its code', () => {
    const { terminal, text } = record(false);
    const show = showAgent(terminal, '');
    show.claimLink(link('a'));
    const first = text().length;
    show.claimLink(link('b'));
    expect(text()).toContain(link('b').url);
    expect(text().length - first).toBeLessThan(first / 2);
  });
});

it('says each change once, in words, with the address to open', () => {
  const { terminal, text } = record(false);
  const listeners: ((state: AgentState) => void)[] = [];
  const home = homeId('00'.repeat(16));
  const offline: AgentState = { at: 'offline', homeId: home, problem: 'home.invitation' };
  showAgent(terminal, 'https://h:1').follow({
    state: { value: offline, subscribe: (listener) => (listeners.push(listener), () => undefined) },
    status: () => ({ at: 'online', homeName: 'Elm Street', cameras: [] }),
  });
  for (const listener of listeners) {
    listener(offline);
    listener({ at: 'online', homeId: home });
    listener({ at: 'closed' });
  }
  const lines = text().trim().split('\n');
  expect(lines).toHaveLength(2);
  expect(lines[0]).toContain('by invitation only');
  expect(lines[1]).toContain('Elm Street is up. Cameras: https://h:1/app');
});

it('an invitation that is of no use is told with the remedy, and not as a relay that does not answer', () => {
  for (const state of [
    { at: 'unclaimed', claimLink: undefined, problem: 'home.invitation' },
    { at: 'offline', homeId: homeId('00'.repeat(16)), problem: 'home.invitation' },
  ] as const) {
    const { terminal, text } = record(false);
    showAgent(terminal, '').follow({
      state: { value: state, subscribe: () => () => undefined },
      status: () => ({ at: state.at, cameras: [] }),
    });
    expect(text()).toContain("Ask the relay's operator for a new invitation. (home.invitation)");
    expect(text()).toContain('--invite <code>');
    expect(text()).not.toMatch(/cannot be reached|Trying on/);
  }
});

it('a trouble of its own is not told as a relay that does not answer', () => {
  const said = (problem: string): string => {
    const { terminal, text } = record(false);
    showAgent(terminal, '').follow({
      state: { value: { at: 'offline', homeId: homeId('00'.repeat(16)), problem }, subscribe: () => () => undefined },
      status: () => ({ at: 'offline', cameras: [] }),
    });
    return text();
  };
  expect(said('ECONNREFUSED')).toContain('The relay cannot be reached: ECONNREFUSED.');
  expect(said('bulletin.behind')).toMatch(
    /^The home's computer is behind .* An admin can let it go on, .*\(bulletin\.behind\)/,
  );
});

it('says that a recovery waits, with the numbers to compare and what to type', () => {
  const { terminal, text } = record(false);
  showAgent(terminal, '').recovery(['01234', '56789']);
  expect(text()).toContain('sealcam home confirm');
  expect(text()).toContain('01234 56789');
});
