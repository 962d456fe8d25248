/** The report as one page to print: complete in itself, no script, homes as opaque ids, never a picture, name or address. */
import type { ExposedHomes, ExposureOf, ExposureRow } from './exposure.ts';
import type { Report } from './report.ts';

/** Rows that a page still reads like a page with; the CSV has all. */
const ROWS_ON_PAGE = 500;
const ID_CHARS = 12;

const WORDS: readonly (readonly [keyof ExposedHomes, string, string])[] = [
  [
    'withBoth',
    'Had both',
    'At some moment of this time, one of the home’s displays could see one of its cameras in question.',
  ],
  [
    'delivered',
    'Were sent a foreign picture',
    'A display of the home was sent a sealed picture of another home or camera.',
  ],
  ['shown', 'Showed one', 'A display signed that it painted one of them.'],
  ['refused', 'Refused one', 'A display signed that it refused one of them: nothing of it was shown.'],
  [
    'claimedOnly',
    'Known from displays alone',
    'Of those that were sent one: only the display says so, our own records do not.',
  ],
  [
    'owners',
    'Whose pictures went astray',
    'A sealed picture of the home’s camera was sent to a display of another home.',
  ],
  [
    'leftOpen',
    'Not fully known',
    'A viewing was cut off by a crash of the relay; what was sent at its end is not written down.',
  ],
  [
    'couldHave',
    'Could have been affected',
    'Had both, or is not fully known, and no foreign picture went there or came from there.',
  ],
];

const STYLE = `
:root { color-scheme: light; font: 15px/1.5 system-ui, sans-serif; color: #1b1f24; }
body { max-width: 60rem; margin: 2rem auto; padding: 0 1.5rem; }
h1 { font-size: 1.6rem; margin: 0; } h2 { font-size: 1.1rem; margin: 2rem 0 .5rem; } p { margin: .25rem 0; }
.about { color: #57606a; }
table { border-collapse: collapse; width: 100%; } td, th { text-align: left; padding: .4rem .75rem .4rem 0; vertical-align: top; border-bottom: 1px solid #d0d7de; }
td.n, th.n { text-align: right; font-variant-numeric: tabular-nums; } .counts td.n { font-size: 1.3rem; font-weight: 600; line-height: 1.2; }
.counts small { color: #57606a; display: block; } code { font: .85em ui-monospace, monospace; }
@media print { body { margin: 0; max-width: none; } h2 { break-after: avoid; } tr { break-inside: avoid; } thead { display: table-header-group; } }
`;

/** @param atMs when it is made, Unix ms */
export function* exposurePage(report: Report, atMs: number): Generator<string> {
  const { fromMs, toMs, of } = report.question;
  const { frames, firstMs, lastMs, head, rowCount } = report.totals();
  yield `<!doctype html>
<html lang="en"><head><meta charset="utf-8"><title>Exposure report</title>
<meta http-equiv="content-security-policy" content="default-src 'none'; style-src 'unsafe-inline'">
<meta name="viewport" content="width=device-width"><style>${STYLE}</style></head><body>
<h1>Exposure report</h1>
<p>${escape(inWords(of))}, from ${time(fromMs)} to ${time(toMs)}.</p>
<p class="about">Made ${time(atMs)} from the ledger up to row ${head.seq} (<code>${escape(head.hash.slice(0, 16))}</code>). Times are UTC. Homes are opaque ids.</p>
<h2>Homes</h2><table class="counts"><tbody>`;
  for (const [set, name, words] of WORDS)
    yield `<tr><td class="n">${report.homes(set).length}</td><td>${name}<small>${words}</small></td></tr>`;
  yield `</tbody></table>
<h2>Pictures</h2>
<p>${frames.delivered} sealed frames were sent to a display that had not asked for them; ${frames.refused} were refused by the display, ${frames.shown} were shown.</p>
<p>${firstMs === undefined || lastMs === undefined ? 'None was sent in this time.' : `First ${time(firstMs)}, last ${time(lastMs)}.`}</p>`;
  yield* rowsTable(report, rowCount);
  yield '</body></html>\n';
}

function* rowsTable(report: Report, rowCount: number): Generator<string> {
  if (rowCount === 0) return;
  const shownRows = Math.min(rowCount, ROWS_ON_PAGE);
  yield `<h2>Whose, and to whom</h2><p class="about">${shownRows === rowCount ? `All ${rowCount} rows.` : `The first ${shownRows} of ${rowCount} rows; the CSV has all.`}</p>
<table><thead><tr><th>Camera of</th><th>Sent to a display of</th><th>Route</th><th class="n">Sent</th><th class="n">Refused</th><th class="n">Shown</th><th>First</th><th>Last</th></tr></thead><tbody>`;
  let left = shownRows;
  for (const row of report.rows()) {
    yield rowLine(row);
    if (--left === 0) break;
  }
  yield '</tbody></table>';
}

function rowLine(row: ExposureRow): string {
  const cells = [short(row.owner.homeId), short(row.viewer.homeId), escape(row.route)].map(
    (cell) => `<td>${cell}</td>`,
  );
  const counts = [row.delivered + row.claimed, row.refused + row.claimed, row.shown];
  const numbers = counts.map((count) => `<td class="n">${count}</td>`);
  return `<tr>${cells.join('')}${numbers.join('')}<td>${time(row.firstMs)}</td><td>${time(row.lastMs)}</td></tr>\n`;
}

function inWords(of: ExposureOf): string {
  if ('pair' in of)
    return `Cameras of the model “${of.pair.cameraModel}” on displays of the model “${of.pair.displayModel}”`;
  if ('route' in of) return of.route === 'sealed' ? 'The homes’ own displays' : `Displays of ${of.route}`;
  if ('frames' in of) return `A set of frames under ${new Set(of.frames.map((range) => range.kid)).size} keys`;
  return `What incident ${of.incidentId.slice(0, ID_CHARS)} happened on`;
}

function short(id: string): string {
  return `<code>${escape(id.slice(0, ID_CHARS))}</code>`;
}

/** To the minute, or the second where a printed list needs it. */
function time(ms: number): string {
  return new Date(ms).toISOString().slice(0, 19).replace('T', ' ');
}

function escape(text: string): string {
  const named: Record<string, string> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;', "'": '&#39;' };
  return text.replaceAll(/[&<>"']/g, (letter) => named[letter] ?? letter);
}
