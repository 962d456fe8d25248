/** What `sealcam doctor` says of versions: the program, the protocol, the data, the pages, and what runs on the folder right now. */
import { agentFormats } from '@sealcam/agent';
import { PROGRAM_VERSION, PROTOCOL_VERSION, SealcamError } from '@sealcam/protocol';
import { storeFormat } from '@sealcam/relay';
import type { Finding } from './checks.ts';
import { askControl } from './control.ts';
import { agentFolder, relayFolder } from './data-folder.ts';
import { explain } from './explain.ts';
import { pagesBuild } from './pages.ts';

/** One part, what it is of, and what to do. */
export async function checkVersions(data: string): Promise<readonly Finding[]> {
  const program = `sealcam ${PROGRAM_VERSION}, node ${process.versions.node}, protocol ${PROTOCOL_VERSION}.`;
  return [
    { verdict: 'well', words: program },
    formatFinding('relay store', () => [{ name: 'relay.db', ...storeFormat(relayFolder(data)) }]),
    formatFinding('agent files', () => agentFormats(agentFolder(data))),
    await pagesFinding(),
    ...(await runningFinding(data)),
  ];
}

interface Format {
  readonly name: string;
  readonly found: number | undefined;
  readonly newest: number;
}

function formatFinding(part: string, look: () => readonly Format[]): Finding {
  let formats: readonly Format[];
  try {
    formats = look();
  } catch (error) {
    return { verdict: 'wrong', words: `${part}: ${explain(error)}` };
  }
  const there = formats.filter(({ found }) => found !== undefined);
  if (there.length === 0) return { verdict: 'well', words: `${part}: none yet; the first start makes them.` };
  const said = there.map(
    ({ name, found, newest }) => `${name} version ${found}${found === newest ? '' : ` of ${newest}`}`,
  );
  const isOld = there.some(({ found, newest }) => found !== newest);
  const todo = isOld ? ' The next start brings it to the newest and keeps a copy beside. Make a backup first.' : '';
  return { verdict: isOld ? 'mind' : 'well', words: `${part}: ${said.join(', ')}.${todo}` };
}

async function pagesFinding(): Promise<Finding> {
  const { built, wanted } = await pagesBuild();
  if (built === undefined) return { verdict: 'well', words: 'pages: not built yet; the next start builds them.' };
  if (built === wanted) return { verdict: 'well', words: `pages: build ${built.slice(0, 12)}, of this program.` };
  return {
    verdict: 'mind',
    words: `pages: build ${built.slice(0, 12)} is of another version; the next start builds them anew.`,
  };
}

/** A process that was started before an update goes on as what it was. */
async function runningFinding(data: string): Promise<readonly Finding[]> {
  const running = await askControl(data, 'who');
  if (running === undefined) return [];
  const restart = 'Restart it to have this one.';
  try {
    const theirs = await askControl(data, 'version');
    const ours = `${PROGRAM_VERSION} protocol ${PROTOCOL_VERSION}`;
    if (theirs === ours) return [{ verdict: 'well', words: `running: sealcam ${running}, ${theirs}.` }];
    return [{ verdict: 'mind', words: `running: sealcam ${running}, ${theirs ?? ''}. ${restart}` }];
  } catch (error) {
    if (!(error instanceof SealcamError)) throw error;
    return [{ verdict: 'mind', words: `running: sealcam ${running}, older than this one. ${restart}` }];
  }
}
