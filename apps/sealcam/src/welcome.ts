/** What the terminal shows of a Sealcam that runs: the claim link with its QR code, then a calm line when something changes. */
import type { Agent, AgentState, ClaimLink } from '@sealcam/agent';
import { ERRORS, isErrorCode } from '@sealcam/protocol';
import { qrLines } from './qr-code.ts';
import type { RelayHost } from './relay-host.ts';
import type { Settings } from './settings.ts';
import type { Terminal } from './terminal.ts';
import { hostInUrl, isEverywhere, isLoopback, lanAddress } from './tls/addresses.ts';

/** Where it listens, and what to know about it. */
export function showFront(terminal: Terminal, settings: Settings, relay: RelayHost): void {
  const { front, port, trustPort } = relay;
  terminal.say(`Sealcam listens on ${settings.host}:${port}.`);
  if (front.local !== undefined && trustPort !== undefined) {
    const lan = lanAddress(settings.host);
    const host = lan ?? (isEverywhere(settings.host) ? 'localhost' : settings.host);
    if (lan === undefined && !isLoopback(settings.host)) {
      terminal.note(
        'This machine has no address of a home network, and its own authority vouches for no other. Use --tls files.',
      );
    }
    terminal.say(`Tablets learn to trust its certificate at http://${hostInUrl(host)}:${trustPort}`);
    terminal.say(`Fingerprint to compare: ${front.local.fingerprint}`);
  }
  if (front.tls === undefined && !isLoopback(settings.host) && settings.url === undefined) {
    terminal.note('Over plain HTTP browsers open pictures on this machine alone. Use --tls local for the others.');
  }
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

export function showAgent(terminal: Terminal, pagesUrl: string): AgentShow {
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
        const line = stateLine(state, agent.status().homeName, pagesUrl);
        if (line !== undefined) sayOnce(line);
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
  const widths = lines.map((line) => line.split('\u001B[30;107m').join('').split('\u001B[0m').join('').length);
  return widths.reduce((rows, width) => rows + Math.max(1, Math.ceil(width / columns)), 0);
}

/** Trying on is of no use then, and the words of the table do not know how this command is spelled. */
const uninvited = `${words('home.invitation')} Then start again: npx sealcam agent --relay … --invite <code>`;

function stateLine(state: AgentState, homeName: string | undefined, pagesUrl: string): string | undefined {
  switch (state.at) {
    case 'online':
      return `${homeName ?? 'Your home'} is up. Cameras: ${pagesUrl}/app   A display: ${pagesUrl}/display   Ctrl-C ends it.`;
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
