/** `sealcam status`: how the agent of this data folder is doing. */
import { connectControl, type AgentStatus } from '@sealcam/agent';
import { ERRORS, isErrorCode } from '@sealcam/protocol';
import { noMoreWords } from '../arguments.ts';
import { askControl } from '../control.ts';
import { agentFolder } from '../data-folder.ts';
import type { Command } from './command.ts';

export const status: Command = {
  name: 'status',
  usage: '',
  help: 'Says what runs on this data folder, and how its cameras are. Exit code 1 where nothing runs.',
  run: async ({ settings, words, terminal }) => {
    noMoreWords(words, 0);
    const running = await askControl(settings.data, 'who');
    const control = await connectControl(agentFolder(settings.data));
    if (control === undefined) {
      terminal.say(
        running === undefined ? `Nothing runs on ${settings.data}.` : `sealcam ${running} runs, without an agent.`,
      );
      return running === undefined ? 1 : 0;
    }
    try {
      for (const line of statusLines(await control.status())) terminal.say(line);
    } finally {
      control.close();
    }
    return 0;
  },
};

/** @returns lines without a secret in them */
export function statusLines(now: AgentStatus): string[] {
  const lines = [
    `${now.homeName ?? 'Home'}: ${now.at}${now.problem === undefined ? '' : ` (${inWords(now.problem)})`}`,
  ];
  if (now.homeId !== undefined) lines.push(`home ${now.homeId}, members version ${now.rosterVersion ?? '?'}`);
  if (now.recoveryCode !== undefined) lines.push('A recovery waits. If it is yours: npx sealcam home confirm');
  for (const camera of now.cameras) {
    const since = new Date(camera.sinceMs).toISOString();
    lines.push(`  ${camera.name}: ${stateOf(camera)} since ${since}`);
  }
  return lines;
}

const AWAITED: Readonly<Record<string, string>> = {
  answer: 'its answer',
  packet: 'its first packet',
  keyframe: 'a full picture',
  whole: 'a full picture after a loss',
};

function stateOf({ state, code }: AgentStatus['cameras'][number]): string {
  if (code === undefined) return state;
  return state === 'waiting' ? `waiting for ${AWAITED[code] ?? code}` : `${state} (${inWords(code)})`;
}

function inWords(code: string): string {
  return isErrorCode(code) ? `${ERRORS[code].words} ${code}` : code;
}
