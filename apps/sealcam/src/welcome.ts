/** What the terminal shows of a Sealcam that runs: the claim link with its QR code, then a calm line when something changes. */
import type { Agent, AgentState, ClaimLink } from '@sealcam/agent';
import { ERRORS, isErrorCode } from '@sealcam/protocol';
import { qrLines } from './qr-code.ts';
import type { RelayHost } from './relay-host.ts';
import type { Settings } from './settings.ts';
import type { Terminal } from './terminal.ts';
import { hostInUrl, isLoopback, lanAddresses } from './tls/addresses.ts';

/** Where it listens, and what to know about it. */
export function showFront(terminal: Terminal, settings: Settings, relay: RelayHost): void {
  const { front, port, trustPort } = relay;
  terminal.say(`Sealcam listens on ${settings.host}:${port}.`);
  if (front.local !== undefined && trustPort !== undefined) {
    const host = lanAddresses()[0] ?? 'localhost';
    terminal.say(`Tablets learn to trust its certificate at http://${hostInUrl(host)}:${trustPort}`);
    terminal.say(`Fingerprint to compare: ${front.local.fingerprint}`);
  }
  if (front.tls === undefined && !isLoopback(settings.host) && settings.url === undefined) {
    terminal.note('Over plain HTTP browsers open pictures on this machine alone. Use --tls local for the others.');
  }
}

export interface AgentShow {
  claimLink(link: ClaimLink): void;
  /** Says how the agent is doing, now and whenever it changes. */
  follow(agent: Agent): void;
}

export function showAgent(terminal: Terminal, pagesUrl: string): AgentShow {
  let said = '';
  let linkLines = 0;
  const sayOnce = (line: string): void => {
    if (line === said) return;
    said = line;
    linkLines = 0;
    terminal.say(line);
  };
  return {
    claimLink: (link) => {
      // A new link takes the place of the one before it where nothing was printed since.
      if (linkLines > 0 && terminal.watched) terminal.say(`\u001B[${linkLines + 1}A\u001B[J`);
      const lines = claimLines(link, terminal.watched || linkLines === 0);
      for (const line of lines) terminal.say(line);
      linkLines = lines.length;
      said = '';
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

function stateLine(state: AgentState, homeName: string | undefined, pagesUrl: string): string | undefined {
  switch (state.at) {
    case 'online':
      return `${homeName ?? 'Your home'} is up. Cameras: ${pagesUrl}/app   A display: ${pagesUrl}/display   Ctrl-C ends it.`;
    case 'offline':
      return state.problem === undefined
        ? undefined
        : `The relay cannot be reached: ${words(state.problem)} Trying on.`;
    case 'unclaimed':
      return state.problem === undefined ? undefined : `No link yet: ${words(state.problem)} Trying on.`;
    case 'closed':
      return undefined;
  }
}

function words(problem: string): string {
  return isErrorCode(problem) ? `${ERRORS[problem].words} (${problem})` : `${problem}.`;
}
