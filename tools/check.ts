/** `npm run check`: the gates alone. */
import { runGates } from './gates/index.ts';

const { passed, broken } = await runGates((line) => void process.stdout.write(`${line}\n`));
process.stdout.write(`${passed} of ${passed + broken.length} gates hold\n`);
process.exitCode = broken.length === 0 ? 0 : 1;
