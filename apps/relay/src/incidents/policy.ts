/**
 * What follows an incident by itself: rules in words that an operator reads, changes and finds again by version. A display's word alone
 * (claimed, replayed) never reaches further than its own link, and a copied key (contested) suspends nothing; a rule that would do more is
 * refused here, whoever writes it, and would count nobody if it stood in the store all the same.
 */
import * as v from 'valibot';
import { SealcamError } from '@sealcam/protocol';
import { GRADES, type IncidentGrade } from './incident.ts';

export const CONSEQUENCES = ['tell', 'link', 'display', 'pair', 'partner', 'everything'] as const;
/** tell: nothing is suspended. pair: falls back to partner, then display, where models are not declared. */
export type Consequence = (typeof CONSEQUENCES)[number];

/** Every rule that matches is followed, in order. */
export interface Rule {
  readonly when: {
    readonly grades: readonly IncidentGrade[];
    /** Homes whose displays were about to see such a frame within `withinS`; of the same pair or partner where `then` names one. Default 1. */
    readonly homes?: number | undefined;
    /** Routes that those homes are spread over. Default 1. */
    readonly routes?: number | undefined;
    /** Seconds, 1 to 86,400. Default 600. */
    readonly withinS?: number | undefined;
  };
  readonly then: Consequence;
}

export interface Policy {
  /** Rises by one with each change; 0 is the built-in. */
  readonly version: number;
  readonly atMs: number;
  readonly by: string;
  readonly rules: readonly Rule[];
}

export const DEFAULT_RULES: readonly Rule[] = [
  { when: { grades: ['proven', 'canary'] }, then: 'link' },
  { when: { grades: ['proven', 'canary'], homes: 2, withinS: 600 }, then: 'pair' },
  { when: { grades: ['proven', 'canary'], homes: 3, withinS: 600 }, then: 'partner' },
  { when: { grades: ['proven', 'canary'], homes: 10, routes: 2, withinS: 600 }, then: 'everything' },
  { when: { grades: ['claimed', 'replayed'] }, then: 'link' },
  { when: { grades: ['contested'] }, then: 'tell' },
];

export const DEFAULT_WITHIN_S = 600;
const RULES = 32;
const count = (most: number) => v.optional(v.pipe(v.number(), v.integer(), v.minValue(1), v.maxValue(most)));

const rule = v.strictObject({
  when: v.strictObject({
    grades: v.pipe(v.array(v.picklist(GRADES)), v.minLength(1), v.maxLength(GRADES.length)),
    homes: count(100_000),
    routes: count(1_000),
    withinS: count(86_400),
  }),
  then: v.picklist(CONSEQUENCES),
});
const isFair = ({ when, then }: v.InferOutput<typeof rule>): boolean =>
  when.grades.every((grade) => mayLeadTo(grade, then));
const rulesSchema = v.pipe(v.array(v.pipe(rule, v.check(isFair))), v.maxLength(RULES));

/**
 * What makes an incident count for a consequence, and its home as one of several. Beyond a link only two things do: what this relay's own
 * records prove about keys that were announced beforehand, which nothing that homes send can produce, and what the operator's own canary
 * homes saw.
 */
export function mayLeadTo(grade: IncidentGrade, then: Consequence): boolean {
  if (then === 'tell' || grade === 'proven' || grade === 'canary') return true;
  return then === 'link' && grade !== 'contested';
}

/** @throws {SealcamError} `config.invalid`, with the place and what is wrong there */
export function parseRules(value: unknown): readonly Rule[] {
  const parsed = v.safeParse(rulesSchema, value);
  if (parsed.success) return parsed.output;
  const [issue] = parsed.issues;
  const at = v.getDotPath(issue) ?? 'rules';
  const why =
    issue.type === 'check'
      ? "a display's word alone may cut its own link and no more, and a copied key nothing"
      : issue.message;
  throw new SealcamError('config.invalid', `${at}: ${why}`);
}
