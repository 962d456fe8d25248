/** Rows of the ledger as a person thinks of them: one viewing is one row, whatever streams it took. */
import { STREAM, type LedgerRow } from '@sealcam/protocol';

export interface Viewing {
  readonly key: string;
  readonly deviceId: LedgerRow['deviceId'];
  readonly cameraId: LedgerRow['cameraId'];
  /** `live` where any of it was, else `still`, else `sound`. */
  readonly what: 'live' | 'still' | 'sound';
  readonly fromMs: number;
  readonly toMs: number;
  readonly shown: number;
  readonly delivered: number;
  readonly refused: number;
  /** Every stream of it has its end. */
  readonly closed: boolean;
}

/** The relay writes a mark every ten seconds; spans that lie closer are one. */
export const GAP_MS = 20_000;
const ORDER = ['live', 'still', 'sound'] as const;

interface Open {
  viewing: Viewing;
  readonly streams: Set<LedgerRow['streamId']>;
}

/** @param rows newest first. @returns newest first */
export function viewingsOf(rows: readonly LedgerRow[]): readonly Viewing[] {
  const all: Open[] = [];
  const last = new Map<string, Open>();
  for (const row of rows) {
    if (row.streamId === STREAM.state) continue;
    const of = `${row.deviceId}/${row.cameraId}`;
    const later = last.get(of);
    if (later !== undefined && later.viewing.fromMs - row.toMs < GAP_MS) {
      join(later, row);
      continue;
    }
    const { deviceId, cameraId, fromMs, toMs, shown, delivered, refused, closed } = row;
    const counts = { fromMs, toMs, shown, delivered, refused, closed };
    const begun: Open = {
      viewing: { key: `${of}/${toMs}/${all.length}`, deviceId, cameraId, what: whatOf(row), ...counts },
      streams: new Set([row.streamId]),
    };
    last.set(of, begun);
    all.push(begun);
  }
  return all.map(({ viewing }) => viewing);
}

function join(open: Open, row: LedgerRow): void {
  const { viewing, streams } = open;
  // Of each stream the newest row says whether it has ended.
  const closed = streams.has(row.streamId) ? viewing.closed : viewing.closed && row.closed;
  streams.add(row.streamId);
  open.viewing = {
    ...viewing,
    what: ORDER.find((what) => what === viewing.what || what === whatOf(row)) ?? viewing.what,
    fromMs: Math.min(row.fromMs, viewing.fromMs),
    toMs: Math.max(row.toMs, viewing.toMs),
    shown: viewing.shown + row.shown,
    delivered: viewing.delivered + row.delivered,
    refused: viewing.refused + row.refused,
    closed,
  };
}

function whatOf({ streamId }: LedgerRow): Viewing['what'] {
  if (streamId === STREAM.still) return 'still';
  return streamId === STREAM.audio ? 'sound' : 'live';
}
