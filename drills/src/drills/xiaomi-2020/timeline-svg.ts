/** The days of the replay as a picture: one lane for the design of 2019, one for Sealcam. Drawn twice, for a desk and for a phone. */
import { MOMENTS } from './facts.ts';
import { START_MS, type Findings } from './play.ts';

const DAY_MS = 24 * 60 * 60_000;
const LANE = { top: 64, height: 74, gap: 46 };
const DOT = 3;
/** Dots of one lane are spread over its height, so that many of one hour stay apart. */
const ROWS = 11;

interface Scale {
  readonly width: number;
  readonly left: number;
  x(atMs: number): number;
  readonly isNarrow: boolean;
}

/** @param width of the drawing; text is sized for it, so nothing is scaled down on a phone */
export function timelineSvg(twin: Findings, sealcam: Findings, width: number): string {
  const left = 10;
  const spanMs = twin.endMs - START_MS;
  const scale: Scale = {
    ...{ width, left, isNarrow: width < 500 },
    x: (atMs) => left + ((atMs - START_MS) / spanMs) * (width - 2 * left),
  };
  const lanes = [LANE.top, LANE.top + LANE.height + LANE.gap] as const;
  const height = lanes[1] + LANE.height + 30;
  const what = `Timeline: ${twin.shown.length} strangers’ pictures were shown in the design of 2019, none in Sealcam.`;
  return [
    `<svg class="${scale.isNarrow ? 'narrow' : 'wide'}" viewBox="0 0 ${width} ${height}" role="img" aria-label="${what}">`,
    days(scale, twin, lanes[1] + LANE.height),
    lane(scale, lanes[0], 'The design of 2019', 'red: a stranger’s picture on a screen'),
    dots(
      scale,
      lanes[0],
      twin.shown.map(({ atMs }) => atMs),
      'bad',
    ),
    ...(twin.endMs > MOMENTS.block ? [story(scale, lanes[0])] : []),
    lane(scale, lanes[1], 'Sealcam', 'amber: arrived, could not be opened, was reported'),
    paused(scale, lanes[1], sealcam),
    dots(
      scale,
      lanes[1],
      sealcam.arrived.map(({ atMs }) => atMs),
      'held',
    ),
    update(scale, twin.updateMs, lanes),
    '</svg>',
  ].join('\n');
}

function days(scale: Scale, { endMs }: Findings, bottom: number): string {
  const lines: string[] = [];
  for (let atMs = START_MS; atMs < endMs; atMs += DAY_MS) {
    const x = scale.x(atMs);
    const day = new Date(atMs);
    const name = `${day.getUTCDate()}${scale.isNarrow && lines.length % 2 === 1 ? '' : ` ${day.getUTCMonth() === 0 ? 'Jan' : 'Dec'}`}`;
    const isNamed = !scale.isNarrow || lines.length % 2 === 0;
    lines.push(
      `<line class="day" x1="${x}" x2="${x}" y1="${LANE.top}" y2="${bottom}"/>` +
        (isNamed ? `<text class="small" x="${x + 2}" y="${bottom + 16}">${name}</text>` : ''),
    );
  }
  return lines.join('');
}

function lane(scale: Scale, top: number, title: string, legend: string): string {
  const { left, width, isNarrow } = scale;
  const key = isNarrow
    ? ''
    : `<text class="small" x="${width - left}" y="${top - 8}" text-anchor="end">${legend}</text>`;
  return (
    `<text class="lane" x="${left}" y="${top - 8}">${title}</text>${key}` +
    `<rect class="ground" x="${left}" y="${top}" width="${width - 2 * left}" height="${LANE.height}" rx="6"/>`
  );
}

/** Those that would lie on each other are drawn once. */
function dots(scale: Scale, top: number, times: readonly number[], kind: 'bad' | 'held'): string {
  const radius = kind === 'bad' ? DOT : DOT + 1.5;
  const places = times.map((atMs, index) => {
    const y = top + 8 + ((index % ROWS) * (LANE.height - 16)) / (ROWS - 1);
    return `cx="${scale.x(atMs).toFixed(1)}" cy="${y.toFixed(1)}"`;
  });
  return [...new Set(places)].map((place) => `<circle class="${kind}" ${place} r="${radius}"/>`).join('');
}

function update(scale: Scale, atMs: number, lanes: readonly number[]): string {
  const x = scale.x(atMs);
  const lines = lanes.map((top) => `<line class="update" x1="${x}" x2="${x}" y1="${top}" y2="${top + LANE.height}"/>`);
  return `${lines.join('')}<text class="mark" x="${x - 4}" y="24">▾ The cache update goes out</text>`;
}

/** What happened then. */
function story(scale: Scale, top: number): string {
  const y = top + LANE.height + 14;
  const said = scale.isNarrow ? ['post', 'block'] : ['a post on Reddit', 'Google’s block'];
  return [MOMENTS.firstPost, MOMENTS.block]
    .map((atMs, index) => {
      const x = scale.x(atMs);
      return (
        `<line class="then" x1="${x}" x2="${x}" y1="${top}" y2="${y + 2}"/>` +
        `<text class="small" x="${x - 3}" y="${y}" text-anchor="end">${said[index] ?? ''}</text>`
      );
    })
    .join('');
}

/** The longest that fits is said. */
const PAUSED = [
  'this pair of models is paused: hubs say so, the maker’s own app goes on',
  'paused: hubs say so, the maker’s own app goes on',
  'this pair is paused',
];

function paused(scale: Scale, top: number, { pausedMs, endMs }: Findings): string {
  if (pausedMs === undefined) return '';
  const x = scale.x(pausedMs);
  const end = scale.x(endMs);
  // About seven units a letter.
  const words = PAUSED.find((each) => each.length * 7 < end - x) ?? '';
  return (
    `<rect class="paused" x="${x}" y="${top}" width="${end - x}" height="${LANE.height}" rx="6"/>` +
    `<text class="small" x="${(x + end) / 2}" y="${top + LANE.height / 2 + 4}" text-anchor="middle">${words}</text>`
  );
}
