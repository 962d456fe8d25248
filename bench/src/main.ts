/** `npm run bench`: every figure of Sealcam, each a ratio or from one run. Names after it run those alone. */
import { mkdir, writeFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { benches } from './benches.ts';
import { holds, toJson, type Bench, type Figure, type Measured } from './figure.ts';

const RESULTS = fileURLToPath(new URL('../results/', import.meta.url));

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { json: { type: 'boolean', default: false }, quick: { type: 'boolean', default: false } },
});

function chosen(): readonly Bench[] {
  const unknown = positionals.filter((name) => !benches.some((bench) => bench.name === name));
  if (unknown.length > 0) {
    process.stderr.write(
      `No figure is named ${unknown.join(', ')}. There are: ${benches.map((b) => b.name).join(', ')}.\n`,
    );
    process.exit(2);
  }
  return positionals.length === 0 ? benches : benches.filter((bench) => positionals.includes(bench.name));
}

function barWords(figure: Figure): string {
  if (figure.bar === undefined) return '';
  return 'most' in figure.bar ? `≤ ${figure.bar.most}` : `≥ ${figure.bar.least}`;
}

function row(figure: Figure): string {
  const bar = barWords(figure);
  const verdict = figure.bar === undefined ? '' : holds(figure) ? 'holds' : 'FAILS';
  const value = `${Number(figure.value.toPrecision(4))} ${figure.unit}`;
  return `  ${figure.name.padEnd(34)}${value.padStart(14)}  ${bar.padEnd(9)}${verdict.padEnd(7)}${figure.trials} trials\n`;
}

async function measure(bench: Bench): Promise<Measured> {
  process.stderr.write(`${bench.name}: ${bench.about}\n`);
  const measured = await bench.run({
    quick: values.quick,
    progress: (line) => process.stderr.write(`  ${line}\n`),
  });
  await mkdir(RESULTS, { recursive: true });
  await writeFile(`${RESULTS}${bench.name}.json`, `${JSON.stringify(measured, null, 1)}\n`);
  if (!values.json) process.stdout.write(measured.figures.map(row).join(''));
  return measured;
}

const all: Figure[] = [];
for (const bench of chosen()) all.push(...(await measure(bench)).figures);
process.stdout.write(values.json ? toJson(all) : 'Raw samples: bench/results/\n');
process.exitCode = all.every(holds) ? 0 : 1;
