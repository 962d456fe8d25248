/** The report as files: CSV (RFC 4180), JSON, and a page to print. Each is made in parts, on the worker's thread. */
import type { HomeId } from '@sealcam/protocol';
import { csvLine } from './csv.ts';
import { SET_NAMES, type ExposedHomes, type ExposureFormat, type ExposureRow } from './exposure.ts';
import { exposurePage } from './page.ts';
import type { Report } from './report.ts';

/** @param atMs when the report is made, Unix ms */
export function exposureFile(report: Report, format: ExposureFormat, atMs: number): Generator<string> {
  switch (format) {
    case 'csv':
      return csv(report);
    case 'homes':
      return homes(report);
    case 'json':
      return json(report, atMs);
    case 'html':
      return exposurePage(report, atMs);
  }
}

function* csv(report: Report): Generator<string> {
  yield csvLine([
    ...['viewer_home', 'viewer_device', 'asked_camera', 'asked_stream', 'route'],
    ...['owner_home', 'owner_camera', 'owner_stream', 'key', 'from_counter', 'to_counter'],
    ...['delivered', 'shown', 'refused', 'claimed', 'first', 'last'],
  ]);
  for (const row of report.rows()) yield csvLine(fieldsOf(row));
}

function fieldsOf({ viewer, owner, ...row }: ExposureRow): (string | number)[] {
  return [
    ...[viewer.homeId, viewer.deviceId, viewer.cameraId, viewer.streamId, row.route],
    ...[owner.homeId, owner.cameraId, owner.streamId, row.kid, row.fromCtr, row.toCtr],
    ...[row.delivered, row.shown, row.refused, row.claimed, iso(row.firstMs), iso(row.lastMs)],
  ];
}

/** One line a home that is in any set, with yes or no for each. */
function* homes(report: Report): Generator<string> {
  const { all, sets } = setsOf(report);
  yield csvLine([
    'home',
    ...SET_NAMES.map((name) => name.replaceAll(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`)),
  ]);
  for (const home of all) yield csvLine([home, ...SET_NAMES.map((name) => (sets[name].has(home) ? 'yes' : 'no'))]);
}

function setsOf(report: Report): { all: HomeId[]; sets: Record<keyof ExposedHomes, Set<HomeId>> } {
  const all = new Set<HomeId>();
  const sets = {} as Record<keyof ExposedHomes, Set<HomeId>>;
  for (const name of SET_NAMES) {
    sets[name] = new Set(report.homes(name));
    for (const home of sets[name]) all.add(home);
  }
  return { all: [...all].sort(), sets };
}

function* json(report: Report, atMs: number): Generator<string> {
  const { head, firstMs, lastMs, ...totals } = report.totals();
  const times = { firstMs: firstMs ?? null, lastMs: lastMs ?? null };
  const front = { made: iso(atMs), question: report.question, head, ...totals, ...times };
  yield `${JSON.stringify(front, null, 1).slice(0, -2)},\n "homes": {`;
  for (const [index, name] of SET_NAMES.entries())
    yield `${index === 0 ? '' : ','}\n  "${name}": ${JSON.stringify(report.homes(name))}`;
  yield '\n },\n "rows": [';
  let comma = '';
  for (const row of report.rows()) {
    yield `${comma}\n  ${JSON.stringify(row)}`;
    comma = ',';
  }
  yield '\n ]\n}\n';
}

export function iso(ms: number): string {
  return new Date(ms).toISOString();
}
