/** The exposure report: a window and a question, the exact answer, its files, and the notices that follow from it. */
import type { ExposureView, OperatorMe } from '@sealcam/protocol';
import { useSignal } from '@preact/signals';
import { Download } from 'lucide-preact';
import type { JSX } from 'preact';
import { useEffect, useRef } from 'preact/hooks';
import { fieldText } from '../../parts/field-text.ts';
import { counted } from '../../words/ages.ts';
import { ask, askFile, save } from '../api.ts';
import { DeskPage } from '../desk-page.tsx';
import { ActNote, useAct } from '../use-asked.tsx';
import { moment, number, routeWords, short } from '../words.ts';
import { Counts } from './health.tsx';
import { Notices } from './notices.tsx';

/** As the relay takes it. */
export interface Question {
  readonly fromMs: number;
  readonly toMs: number;
  readonly of: Asked;
}

type Asked =
  | { readonly incidentId: string }
  | { readonly pair: { readonly cameraModel: string; readonly displayModel: string } }
  | { readonly route: string }
  | { readonly frames: readonly object[] };

type Kind = 'incidentId' | 'pair' | 'route' | 'frames';
const KINDS: Readonly<Record<Kind, string>> = {
  incidentId: 'An incident',
  pair: 'A pair of models',
  route: 'A route',
  frames: 'A set of frames',
};
const DAY_MS = 86_400_000;
const ROWS = 200;

export function ExposurePage({
  incidentId,
  me,
}: {
  readonly incidentId: string | undefined;
  readonly me: OperatorMe;
}): JSX.Element {
  const act = useAct();
  const kind = useSignal<Kind>(incidentId === undefined ? 'pair' : 'incidentId');
  const answer = useSignal<{ readonly question: Question; readonly view: ExposureView } | undefined>(undefined);
  const work = (event: SubmitEvent): void => {
    event.preventDefault();
    const form = new FormData(event.currentTarget as HTMLFormElement);
    const question = {
      fromMs: Date.parse(fieldText(form, 'from')),
      toMs: Date.parse(fieldText(form, 'to')),
      of: askedOf(kind.value, form),
    };
    void act.run(async () => {
      answer.value = { question, view: await ask<ExposureView>('exposure', { question }) };
    });
  };
  return (
    <DeskPage title="Exposure">
      <p>
        Who could have been shown somebody else’s picture, who was handed one, and whose it was: exact, from the ledger.
      </p>
      <form class="stack" onSubmit={work}>
        <div class="columns">
          <label class="field">
            <span>From</span>
            <input name="from" type="datetime-local" required defaultValue={local(Date.now() - 7 * DAY_MS)} />
          </label>
          <label class="field">
            <span>To</span>
            <input name="to" type="datetime-local" required defaultValue={local(Date.now() + 60_000)} />
          </label>
          <label class="field">
            <span>About</span>
            <select value={kind.value} onChange={(event) => (kind.value = event.currentTarget.value as Kind)}>
              {(Object.keys(KINDS) as Kind[]).map((each) => (
                <option key={each} value={each}>
                  {KINDS[each]}
                </option>
              ))}
            </select>
          </label>
          <KindFields kind={kind.value} incidentId={incidentId} />
        </div>
        <ActNote act={act} />
        <div class="row">
          <button class="button primary" disabled={act.busy.value}>
            {act.busy.value ? 'Working it out…' : 'Work it out'}
          </button>
        </div>
      </form>
      {answer.value !== undefined && <Answer {...answer.value} />}
      <Notices question={answer.value?.question} me={me} />
    </DeskPage>
  );
}

/** As `datetime-local` writes it, in the operator's own time. */
function local(ms: number): string {
  const at = new Date(ms - new Date(ms).getTimezoneOffset() * 60_000);
  return at.toISOString().slice(0, 16);
}

function KindFields({
  kind,
  incidentId,
}: {
  readonly kind: Kind;
  readonly incidentId: string | undefined;
}): JSX.Element {
  switch (kind) {
    case 'incidentId':
      return (
        <label class="field" key="incidentId">
          <span>Incident (32 hex digits)</span>
          <input name="incidentId" required pattern="[0-9a-f]{32}" defaultValue={incidentId ?? ''} />
        </label>
      );
    case 'pair':
      return (
        <>
          <label class="field" key="cameraModel">
            <span>Model of the camera</span>
            <input name="cameraModel" required maxLength={64} />
          </label>
          <label class="field" key="displayModel">
            <span>Model of the display</span>
            <input name="displayModel" required maxLength={64} />
          </label>
        </>
      );
    case 'route':
      return (
        <label class="field" key="route">
          <span>Route (sealed, or a partner)</span>
          <input name="route" required maxLength={64} defaultValue="sealed" />
        </label>
      );
    case 'frames':
      return (
        <label class="field" key="frames">
          <span>Frames, a line each: key first last</span>
          <textarea name="frames" class="code" rows={4} required placeholder="8f00000000000001 0 250" />
        </label>
      );
  }
}

function askedOf(kind: Kind, form: FormData): Asked {
  const text = (name: string): string => fieldText(form, name);
  switch (kind) {
    case 'incidentId':
      return { incidentId: text('incidentId') };
    case 'pair':
      return { pair: { cameraModel: text('cameraModel'), displayModel: text('displayModel') } };
    case 'route':
      return { route: text('route') };
    case 'frames':
      return {
        frames: text('frames')
          .split('\n')
          .filter((line) => line.trim() !== '')
          .map(frameOf),
      };
  }
}

/** What an answer is about, beside it: the form above may have been changed since. */
function aboutWords(of: Asked): string {
  if ('incidentId' in of) return `incident ${short(of.incidentId)}`;
  if ('pair' in of) return `“${of.pair.cameraModel}” on “${of.pair.displayModel}”`;
  return 'route' in of ? routeWords(of.route) : counted(of.frames.length, 'set of frames', 'sets of frames');
}

function frameOf(line: string): object {
  const [kid = '', from = '', to = from] = line.trim().split(/\s+/);
  return { kid, fromCtr: Number(from), toCtr: Number(to) };
}

function Answer({ question, view }: { readonly question: Question; readonly view: ExposureView }): JSX.Element {
  const act = useAct();
  const top = useRef<HTMLParagraphElement>(null);
  // On a phone it begins below the form.
  useEffect(() => top.current?.scrollIntoView({ block: 'start' }), [view]);
  const { homes, frames } = view;
  const download = (format: 'csv' | 'json' | 'html'): void =>
    void act.run(async () => {
      const file = await askFile('exposure-file', { question, format });
      save(file, `exposure-${new Date(question.fromMs).toISOString().slice(0, 10)}.${format}`);
    });
  return (
    <>
      <p ref={top} role="status">
        About {aboutWords(question.of)}, from {moment(question.fromMs)} to {moment(question.toMs)}.
      </p>
      <Counts
        title="Homes"
        of={[
          ['In the circle', number(homes.withBoth.length)],
          ['Were handed a foreign frame', number(homes.delivered.length), homes.delivered.length > 0],
          ['Were shown one', number(homes.shown.length), homes.shown.length > 0],
          ['Refused one', number(homes.refused.length)],
          ['Whose frames went elsewhere', number(homes.owners.length), homes.owners.length > 0],
          ['Could have been affected', number(homes.couldHave.length)],
        ]}
      />
      <Counts
        title="Frames"
        of={[
          ['Delivered', number(frames.delivered)],
          ['Shown', number(frames.shown), frames.shown > 0],
          ['Refused', number(frames.refused)],
          ['First', view.firstMs === undefined ? 'none' : moment(view.firstMs)],
          ['Last', view.lastMs === undefined ? 'none' : moment(view.lastMs)],
        ]}
      />
      <section class="section">
        <header>
          <h2>From whom to whom</h2>
          <span class="row">
            {(['csv', 'json', 'html'] as const).map((format) => (
              <button key={format} class="button" disabled={act.busy.value} onClick={() => download(format)}>
                <Download size={18} aria-hidden /> {format.toUpperCase()}
              </button>
            ))}
          </span>
        </header>
        <ActNote act={act} />
        {view.rowCount === 0 ? <p>No foreign frame was delivered to anybody in that window.</p> : <Rows view={view} />}
        <p class="quiet small">It rests on the ledger up to row {number(view.head.seq)}.</p>
      </section>
    </>
  );
}

function Rows({ view }: { readonly view: ExposureView }): JSX.Element {
  return (
    <>
      <div class="scroll" tabIndex={0} role="region" aria-label="Rows of the report">
        <table>
          <thead>
            <tr>
              <th scope="col">Whose</th>
              <th scope="col">To</th>
              <th scope="col">Route</th>
              <th scope="col">Key</th>
              <th scope="col">Frames</th>
              <th scope="col" class="number">
                Delivered
              </th>
              <th scope="col" class="number">
                Shown
              </th>
              <th scope="col" class="number">
                Refused
              </th>
              <th scope="col">First</th>
              <th scope="col">Last</th>
            </tr>
          </thead>
          <tbody>
            {view.rows.slice(0, ROWS).map((row, at) => (
              <tr key={at}>
                <td class="id">
                  {short(row.owner.homeId)}/{short(row.owner.cameraId)}
                </td>
                <td class="id">
                  {short(row.viewer.homeId)}/{short(row.viewer.deviceId)}
                </td>
                <td>{row.route}</td>
                <td class="id">{row.kid}</td>
                <td>
                  {row.fromCtr}–{row.toCtr}
                </td>
                <td class="number">{number(row.delivered + row.claimed)}</td>
                <td class="number">{number(row.shown)}</td>
                <td class="number">{number(row.refused)}</td>
                <td>{moment(row.firstMs)}</td>
                <td>{moment(row.lastMs)}</td>
              </tr>
            ))}
          </tbody>
        </table>
      </div>
      {view.rowCount > ROWS && (
        <p class="quiet">
          The first {number(ROWS)} of {number(view.rowCount)} rows. The files hold all of them.
        </p>
      )}
    </>
  );
}
