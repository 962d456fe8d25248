/** `npm run check`: the gates alone. */
import { runGates } from './gates/index.ts';

const { passed, failed } = await runGates((line) => void process.stdout.write(`${line}\n`));
process.stdout.write(`${passed} of ${passed + failed} gates hold\n`);
process.exitCode = failed === 0 ? 0 : 1;
