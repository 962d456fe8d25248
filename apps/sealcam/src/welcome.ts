/** What the terminal shows of a Sealcam that runs: the claim link with its QR code, then a calm line when something changes. */
import type { Agent, AgentState, ClaimLink } from '@sealcam/agent';
import { ERRORS, isErrorCode, type Reach } from '@sealcam/protocol';
import { codesBeside, columnsOf, qrLines } from './qr-code.ts';
import { remedyOf } from './reach.ts';
import type { RelayHost } from './relay-host.ts';
import type { Settings } from './settings.ts';
import type { Terminal } from './terminal.ts';

/** Where it listens, and what to know about it. */
export function showFront(terminal: Terminal, settings: Settings, relay: RelayHost): void {
  const { front, port, trustPort, reach } = relay;
  terminal.say(`Sealcam listens on ${settings.host}:${port}.`);
  if (front.local === undefined || trustPort === undefined) return;
  if (reach.trust !== undefined) terminal.say(`Tablets learn to trust its certificate at ${reach.trust}`);
  else terminal.say(`This machine learns to trust its certificate at http://localhost:${trustPort}`);
  terminal.say(`Fingerprint to compare: ${front.local.fingerprint}`);
}

/** The addresses that a tablet can open, each with its code, or what to do where there is none. */
export function reachLines(reach: Reach, command: string, terminal: Pick<Terminal, 'watched' | 'columns'>): string[] {
  const remedy = remedyOf(reach, command);
  if (remedy !== undefined) return [remedy.why, remedy.todo, `  ${remedy.line}`];
  const links = reach.addresses.map((address) => `${address}/display`);
  const codes = terminal.watched ? ['', ...codesBeside(links, terminal.columns)] : links.map((link) => `  ${link}`);
  const isNamed = reach.addresses.some((address) => new URL(address).hostname.endsWith('.local'));
  const name = isNamed ? ['A name in .local is found where this machine announces it (Avahi, Bonjour).'] : [];
  return ['Open one of these on a tablet (on a phone, with /app at the end):', ...codes, ...name];
}

function onlineLines({ here, reach }: Pages, command: string, terminal: Terminal): string[] {
  const began = here === undefined ? [] : [`A browser of this machine that began at ${here} goes on there.`];
  return [...began, ...reachLines(reach(), command, terminal)];
}

/** Where operators sign in, and how the first one comes in. */
export async function showOperators(terminal: Terminal, { front, port, relay }: RelayHost): Promise<void> {
  terminal.say(`Operators: ${front.pagesUrl(port)}/operator`);
  if ((await relay.operators.list()).length > 0) return;
  terminal.say('There is none yet. A link for the first: npx sealcam operator add <name> --role lift');
}

export interface AgentShow {
  claimLink(link: ClaimLink): void;
  /** A recovery waits. @param code the household code it will have */
  recovery(code: readonly string[]): void;
  /** Says how the agent is doing, now and whenever it changes. */
  follow(agent: Pick<Agent, 'state' | 'status'>): void;
}

/** Of the relay whose pages are opened. */
export interface Pages {
  readonly url: string;
  /** Where a browser that began on this machine, before there was a certificate, has its keys. */
  readonly here?: string | undefined;
  /** Asked again whenever it is said: a machine that moves has other addresses. */
  readonly reach: () => Reach;
}

/** @param command what runs, `up` or `agent` */
export function showAgent(terminal: Terminal, command: string, pages: Pages): AgentShow {
  let said = '';
  let linkRows = 0;
  const sayOnce = (line: string): void => {
    if (line === said) return;
    said = line;
    linkRows = 0;
    terminal.say(line);
  };
  return {
    claimLink: (link) => {
      // A new link takes the place of the one before it where nothing was printed since.
      const back = linkRows > 0 && terminal.watched ? `\u001B[${linkRows}A\u001B[J` : '';
      const lines = claimLines(link, terminal.watched || linkRows === 0);
      terminal.say(back + lines.join('\n'));
      linkRows = rowsOf(lines, terminal.columns);
      said = '';
    },
    recovery: (code) => {
      sayOnce(
        [
          '',
          '  Somebody with the recovery sheet of this home asks to become its admin. On their screen:',
          `  ${code.join(' ')}`,
          '  If it is you: npx sealcam home confirm. If it is not, nothing happens; make a new sheet.',
          '',
        ].join('\n'),
      );
    },
    follow: (agent) => {
      const tell = (state: AgentState): void => {
        const line = stateLine(state, agent.status().homeName, pages.url);
        if (line === undefined) return;
        const more = state.at === 'online' ? onlineLines(pages, command, terminal) : [];
        sayOnce([line, ...more].join('\n'));
      };
      tell(agent.state.value);
      agent.state.subscribe(tell);
    },
  };
}

function claimLines(link: ClaimLink, withCode: boolean): string[] {
  const code = withCode ? ['', ...qrLines(link.url).map((line) => `  ${line}`)] : [];
  return [
    '',
    '  Open this link in the browser that shall look after this home:',
    '',
    `  ${link.url}`,
    ...code,
    '',
    '  It works once. A new one appears here before it runs out.',
    '',
  ];
}

/** How many rows the lines take in a terminal of that width; the colors of a QR code take none. */
function rowsOf(lines: readonly string[], columns: number): number {
  return lines.reduce((rows, line) => rows + Math.max(1, Math.ceil(columnsOf(line) / columns)), 0);
}

/** Trying on is of no use then, and the words of the table do not know how this command is spelled. */
const uninvited = `${words('home.invitation')} Then start again: npx sealcam agent --relay … --invite <code>`;

function stateLine(state: AgentState, homeName: string | undefined, pagesUrl: string): string | undefined {
  switch (state.at) {
    case 'online':
      return `${homeName ?? 'Your home'} is up. Cameras: ${pagesUrl}/app   Ctrl-C ends it.`;
    case 'offline':
      if (state.problem === 'home.invitation') return uninvited;
      if (state.problem === undefined) return undefined;
      // What has a code of ours is not for want of a connection, and its words say what it is.
      return `${isErrorCode(state.problem) ? '' : 'The relay cannot be reached: '}${words(state.problem)} Trying on.`;
    case 'unclaimed':
      if (state.problem === 'home.invitation') return uninvited;
      return state.problem === undefined ? undefined : `No link yet: ${words(state.problem)} Trying on.`;
    case 'closed':
      return undefined;
  }
}

function words(problem: string): string {
  return isErrorCode(problem) ? `${ERRORS[problem].words} (${problem})` : `${problem}.`;
}
