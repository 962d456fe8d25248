/** Import direction: the rules of import-rules.ts on the real tree, and on one fixture a rule that must be caught. */
import { cruise, type ICruiseResult } from 'dependency-cruiser';
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { ROOT, type Gate } from './gate.ts';
import { cruiseOptions, importRules } from './import-rules.ts';

const FIXTURES = 'tools/fixtures/imports';

export const importsGate: Gate = {
  name: 'imports follow the table of ARCHITECTURE.md',
  run: async () => {
    const violations = await broken(
      ['packages', 'apps', 'tools', 'tests', 'bench', 'drills'],
      '(^|/)(dist[^/]*|fixtures|data)/',
    );
    return violations.map(({ rule, from, to }) => `${rule}: ${from} → ${to}`);
  },
};

export const importsProof: Gate = {
  name: 'each import rule catches the fixture that breaks it',
  run: async () => {
    const rules = importRules.map((rule) => rule.name ?? '');
    const fixtures = await readdir(join(ROOT, FIXTURES));
    const unproven = rules.filter((rule) => !fixtures.includes(rule)).map((rule) => `${rule} has no fixture`);
    const missed: string[] = [];
    for (const rule of fixtures) {
      const violations = await broken([join(FIXTURES, rule)], '(^|/)dist[^/]*/');
      const caught = violations.some((each) => each.rule === rule && each.from.includes(`fixtures/imports/${rule}/`));
      if (!caught) missed.push(`${rule} did not catch ${FIXTURES}/${rule}`);
    }
    return [...unproven, ...missed];
  },
};

async function broken(paths: string[], exclude: string): Promise<{ rule: string; from: string; to: string }[]> {
  const { output } = await cruise(paths, {
    ...cruiseOptions,
    baseDir: ROOT,
    validate: true,
    ruleSet: { forbidden: importRules },
    exclude: { path: exclude },
  });
  return (output as ICruiseResult).summary.violations.map(({ rule, from, to }) => ({ rule: rule.name, from, to }));
}
