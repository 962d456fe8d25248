/** The exposure report and the notices that follow from it: asked here, worked out on a thread of the relay's own. */
import * as v from 'valibot';
import { normalModel } from '@sealcam/protocol';
import type { ExposureFormat, ExposureQuestion } from '../exposure/exposure.ts';
import type { ExposureAnswer } from '../exposure/exposure.ts';
import type { NoticeDesk } from '../exposure/notices.ts';
import type { Operators } from './operators.ts';
import { download, endpoint, type Endpoint } from './requests.ts';

export interface ExposureParts {
  readonly exposure: (question: ExposureQuestion) => Promise<ExposureAnswer>;
  readonly exposureFile: (question: ExposureQuestion, format: ExposureFormat) => AsyncIterable<string>;
  readonly notices: NoticeDesk;
  readonly operators: Operators;
}

const id = v.pipe(v.string(), v.regex(/^[0-9a-f]{32}$/));
const model = v.pipe(v.string(), v.maxLength(256), v.transform(normalModel));
const route = v.pipe(v.string(), v.maxLength(64));
const ms = v.pipe(v.number(), v.integer(), v.minValue(0));
const ctr = v.pipe(v.number(), v.integer(), v.minValue(0));
const frames = v.pipe(
  v.array(v.strictObject({ kid: v.pipe(v.string(), v.regex(/^[0-9a-f]{16}$/)), fromCtr: ctr, toCtr: ctr })),
  v.minLength(1),
  v.maxLength(256),
);
/** The shape; the report itself checks the rest. */
const question = v.strictObject({
  fromMs: ms,
  toMs: ms,
  of: v.union([
    v.strictObject({ pair: v.strictObject({ cameraModel: model, displayModel: model }) }),
    v.strictObject({ route }),
    v.strictObject({ frames }),
    v.strictObject({ incidentId: id }),
  ]),
});
const asQuestion = (value: v.InferOutput<typeof question>): ExposureQuestion => value as ExposureQuestion;
const sentence = v.optional(v.pipe(v.string(), v.maxLength(1000)));
const words = v.strictObject({ happened: sentence, did: sentence, todo: sentence });
const LISTED = 50;

export function exposureEndpoints({ exposure, exposureFile, notices, operators }: ExposureParts): Endpoint[] {
  return [
    endpoint('exposure', 'look', v.strictObject({ question }), (input) => exposure(asQuestion(input.question))),
    endpoint(
      'exposure-file',
      'look',
      v.strictObject({ question, format: v.picklist(['csv', 'json', 'html']) }),
      async (input) => download(exposureFile(asQuestion(input.question), input.format)),
    ),
    endpoint('notices', 'look', v.strictObject({}), async () => ({ batches: await notices.list(LISTED) })),
    endpoint('notice', 'look', v.strictObject({ id }), (input) => notices.preview(input.id)),
    endpoint('notice-prepare', 'lift', v.strictObject({ question, words }), async (input, { operator }) => {
      const given = Object.entries(input.words).filter(([, text]) => text !== undefined && text.trim() !== '');
      const preview = await notices.prepare({
        question: asQuestion(input.question),
        words: Object.fromEntries(given),
        by: operator.name,
      });
      await operators.note(operator.name, 'prepared notices', preview.batch.id.slice(0, 8));
      return preview;
    }),
    endpoint('notice-export', 'look', v.strictObject({ id, format: v.picklist(['json', 'csv']) }), async (input) => ({
      text: await notices.export(input.id, input.format),
    })),
    endpoint('notice-deliver', 'lift', v.strictObject({ id }), async (input, { operator }) => {
      const batch = await notices.deliver(input.id, operator.name);
      await operators.note(operator.name, 'delivered notices', input.id.slice(0, 8));
      return batch;
    }),
    endpoint('notice-discard', 'lift', v.strictObject({ id }), async (input, { operator }) => {
      await notices.discard(input.id);
      await operators.note(operator.name, 'discarded notices', input.id.slice(0, 8));
    }),
  ];
}
