/** A town on a thread of its own: the replay has several, and a machine has more than one core. */
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { isMainThread, parentPort, Worker, workerData } from 'node:worker_threads';
import { playTown, type Findings, type TownPlan } from './play.ts';

/** At the same time. A thousand homes take some 700 MB. */
const AT_ONCE = 2;

type FromTown = { readonly words: string } | { readonly findings: Findings };

/** @returns the findings in the order of the plans */
export async function playTowns(plans: readonly TownPlan[], progress: (words: string) => void): Promise<Findings[]> {
  const found: Findings[] = [];
  const waiting = [...plans.entries()];
  const work = async (): Promise<void> => {
    for (let next = waiting.shift(); next !== undefined; next = waiting.shift()) {
      const [index, plan] = next;
      found[index] = await inWorker(plan, progress);
    }
  };
  await Promise.all(Array.from({ length: AT_ONCE }, work));
  return found;
}

async function inWorker(plan: TownPlan, progress: (words: string) => void): Promise<Findings> {
  const worker = new Worker(fileURLToPath(import.meta.url), { workerData: plan });
  let findings: Findings | undefined;
  worker.on('message', (message: FromTown) => {
    if ('words' in message) progress(message.words);
    else findings = message.findings;
  });
  // An error of the worker is thrown here.
  await once(worker, 'exit');
  if (findings === undefined) throw new TypeError('a town ended without a word');
  return findings;
}

if (!isMainThread && parentPort !== null) {
  const port = parentPort;
  const say = (message: FromTown): void => port.postMessage(message);
  say({ findings: await playTown(workerData as TownPlan, (words) => say({ words })) });
}
