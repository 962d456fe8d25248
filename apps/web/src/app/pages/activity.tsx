/** What was shown where and when: the ledger's spans, in words. "Shown" is the display's own signed word. */
import { useSignal } from '@preact/signals';
import type { LedgerRow } from '@sealcam/protocol';
import { History, TriangleAlert } from 'lucide-preact';
import type { JSX } from 'preact';
import { useEffect } from 'preact/hooks';
import { cameraName, memberName, wordsOf, type Home } from '../../home/home.ts';
import { Blank } from '../../parts/note.tsx';
import { Page } from '../../parts/page.tsx';
import { clockTime, counted, longAge } from '../../words/ages.ts';
import { GAP_MS, viewingsOf, type Viewing } from '../viewings.ts';

const DAY_MS = 24 * 3600_000;
const SPANS = [
  [1, 'Today and yesterday'],
  [7, 'A week'],
  [30, 'Thirty days'],
] as const;

export function Activity({ home }: { readonly home: Home }): JSX.Element {
  const days = useSignal(1);
  const camera = useSignal('');
  const rows = useSignal<readonly LedgerRow[] | { readonly failed: string } | undefined>(undefined);
  const online = home.connection.value.state === 'online';
  const load = (): void => {
    const toMs = Math.round(home.client.serverTimeMs);
    const chosen = home.cameras.peek()?.find(({ cameraId }) => cameraId === camera.value)?.cameraId;
    rows.value = undefined;
    home.client
      .ledger({
        fromMs: toMs - days.value * DAY_MS,
        toMs: toMs + 60_000,
        limit: 500,
        ...(chosen === undefined ? {} : { cameraId: chosen }),
      })
      .then(
        (page) => (rows.value = page),
        (error: unknown) => (rows.value = { failed: wordsOf(error) }),
      );
  };
  useEffect(() => {
    if (online) load();
  }, [days.value, camera.value, online]);
  return (
    <Page title="Activity" narrow>
      <div class="row">
        <label class="field grow">
          <span>Camera</span>
          <select value={camera.value} onChange={(event) => (camera.value = event.currentTarget.value)}>
            <option value="">All cameras</option>
            {(home.cameras.value ?? []).map(({ cameraId, name }) => (
              <option key={cameraId} value={cameraId}>
                {name}
              </option>
            ))}
          </select>
        </label>
        <label class="field grow">
          <span>Time</span>
          <select value={String(days.value)} onChange={(event) => (days.value = Number(event.currentTarget.value))}>
            {SPANS.map(([count, words]) => (
              <option key={count} value={String(count)}>
                {words}
              </option>
            ))}
          </select>
        </label>
      </div>
      <Rows home={home} rows={rows.value} onAgain={load} />
    </Page>
  );
}

function Rows({
  home,
  rows,
  onAgain,
}: {
  readonly home: Home;
  readonly rows: readonly LedgerRow[] | { readonly failed: string } | undefined;
  readonly onAgain: () => void;
}): JSX.Element {
  if (rows === undefined) return <Blank icon={<History size={32} aria-hidden />} title="Reading the ledger" />;
  if ('failed' in rows) {
    return (
      <Blank icon={<TriangleAlert size={32} aria-hidden />} title="The ledger could not be read">
        <p>{rows.failed}</p>
        <button class="button primary" onClick={onAgain}>
          Try again
        </button>
      </Blank>
    );
  }
  if (rows.length === 0) {
    return (
      <Blank icon={<History size={32} aria-hidden />} title="Nothing was shown in this time">
        <a class="button primary" href="#/">
          Watch a camera
        </a>
      </Blank>
    );
  }
  return (
    <>
      <ul class="list" aria-label="What was shown">
        {viewingsOf(rows).map((viewing) => (
          <li key={viewing.key} class="item">
            <span class="grow">
              <strong>
                {cameraName(home, viewing.cameraId)} on {memberName(home, viewing.deviceId)}
              </strong>
              <span class="quiet small">
                {clockTime(viewing.fromMs, home.now.value)} · {viewing.what} · {longAge(viewing.toMs - viewing.fromMs)}{' '}
                ·{' '}
                {viewing.shown > 0
                  ? `${counted(viewing.shown, 'picture')} shown`
                  : viewing.delivered === 0
                    ? 'nothing was sent'
                    : `${counted(viewing.delivered, 'picture')} sent, none known to be shown`}
                {viewing.refused > 0 && ` · ${counted(viewing.refused, 'picture')} refused`}
                {!viewing.closed && ` · ${openWords(viewing, home.now.value)}`}
              </span>
            </span>
          </li>
        ))}
      </ul>
      {rows.length === 500 && (
        <p class="quiet">Only the newest 500 entries are here. Choose one camera or a shorter time to see others.</p>
      )}
    </>
  );
}

/** The relay writes a mark every ten seconds; what went out after the last one, when it was cut off, is not written down. */
function openWords({ toMs }: Viewing, nowMs: number): string {
  return nowMs - toMs < GAP_MS ? 'still running' : 'its end is not known, so more could have been seen';
}
