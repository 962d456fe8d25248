/** What the terminal shows of a running agent. */
import type { AgentState } from '@sealcam/agent';
import { homeId, millis } from '@sealcam/protocol';
import { describe, expect, it } from 'vitest';
import { codesBeside, columnsOf, qrLines } from './qr-code.ts';
import { reachByUrl } from './reach.ts';
import type { Terminal } from './terminal.ts';
import { reachLines, showAgent } from './welcome.ts';

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

const pagesAt = (url = 'http://127.0.0.1:8420') => ({ url, reach: () => reachByUrl(url) });

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
    const show = showAgent(terminal, 'up', pagesAt('http://127.0.0.1:8420'));
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
    const show = showAgent(terminal, 'up', pagesAt());
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
  showAgent(terminal, 'up', pagesAt('https://h:1')).follow({
    state: { value: offline, subscribe: (listener) => (listeners.push(listener), () => undefined) },
    status: () => ({ at: 'online', homeName: 'Elm Street', cameras: [] }),
  });
  for (const listener of listeners) {
    listener(offline);
    listener({ at: 'online', homeId: home });
    listener({ at: 'closed' });
  }
  const lines = text().trim().split('\n');
  expect(lines[0]).toContain('by invitation only');
  expect(lines[1]).toContain('Elm Street is up. Cameras: https://h:1/app');
  expect(lines.slice(2)).toEqual([expect.stringContaining('on a tablet'), '  https://h:1/display']);
});

it('an invitation that is of no use is told with the remedy, and not as a relay that does not answer', () => {
  for (const state of [
    { at: 'unclaimed', claimLink: undefined, problem: 'home.invitation' },
    { at: 'offline', homeId: homeId('00'.repeat(16)), problem: 'home.invitation' },
  ] as const) {
    const { terminal, text } = record(false);
    showAgent(terminal, 'up', pagesAt()).follow({
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
    showAgent(terminal, 'up', pagesAt()).follow({
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
  showAgent(terminal, 'up', pagesAt()).recovery(['01234', '56789']);
  expect(text()).toContain('sealcam home confirm');
  expect(text()).toContain('01234 56789');
});

describe('where a tablet opens it', () => {
  const said = (url: string, command = 'up'): string =>
    reachLines(reachByUrl(url), command, { watched: false, columns: 80 }).join('\n');

  it('is never an address of this machine alone: then it is said how others come in', () => {
    for (const url of ['http://127.0.0.1:8420', 'http://localhost:8420', 'http://[::1]:8420']) {
      expect(said(url)).toMatch(/Only this machine .*\n.*\n {2}npm start -- --host 0\.0\.0\.0 --tls local$/u);
      expect(said(url)).not.toContain('/display');
    }
    expect(said('ws://127.0.0.1:8420', 'agent')).toMatch(/its relay .*\n {2}npx sealcam relay --host 0\.0\.0\.0/u);
  });

  it('is no address of plain HTTP, where browsers open no picture', () => {
    expect(said('http://192.168.1.20:8420')).toMatch(/over HTTPS only\.[^]*--tls local$/u);
    expect(said('http://192.168.1.20:8420')).not.toContain('/display');
  });

  it('is the relay’s own where that is elsewhere', () => {
    expect(said('wss://relay.example', 'agent')).toContain('  https://relay.example/display');
  });

  it('has a code each in a terminal that somebody looks at, beside each other where they fit', () => {
    const links = ['https://192.168.1.20:8420/display', 'https://192.168.1.21:8420/display'];
    const at = (columns: number): string[] => codesBeside(links, columns);
    for (const columns of [80, 40]) {
      for (const link of links) expect(at(columns).join('\n')).toContain(link);
      for (const line of at(columns)) expect(columnsOf(line)).toBeLessThanOrEqual(columns);
    }
    expect(at(40)).toHaveLength(2 * at(80).length);
    const reach = { from: 'network', addresses: ['https://kitchen.local:8420'] } as const;
    const looked = reachLines(reach, 'up', { watched: true, columns: 80 });
    expect(looked).toEqual(expect.arrayContaining(qrLines('https://kitchen.local:8420/display')));
    expect(looked.at(-1)).toContain('.local is found where this machine announces it');
  });
});
