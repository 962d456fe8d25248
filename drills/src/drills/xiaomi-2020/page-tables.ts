/** The tables of the report: what neither company could say in 2020, for both designs, and the list of pictures. */
import { quantiles, type Quantiles } from '../../frame/drill.ts';
import type { Sight } from '../../frame/truth.ts';
import type { Findings } from './play.ts';

/** A question, the answer for the design of 2019, the answer for Sealcam. */
type Row = readonly [question: string, twin: string, sealcam: string];

const LISTED = 100;

export function answersTable(twin: Findings, sealcam: Findings): string {
  const rows = answers(twin, sealcam).map(
    ([question, then, now]) =>
      `<tr><th scope="row">${question}</th><td data-of="2019">${then}</td><td data-of="Sealcam">${now}</td></tr>`,
  );
  return `<table class="answers"><thead><tr><th scope="col">Question</th><th scope="col">The design of 2019</th><th scope="col">Sealcam</th></tr></thead><tbody>${rows.join('\n')}</tbody></table>`;
}

function answers(twin: Findings, sealcam: Findings): Row[] {
  const { exposure } = sealcam;
  const viewers = homesOf(twin.shown, 'viewer');
  const owners = homesOf(twin.shown, 'owner');
  const hit = new Set([...viewers, ...owners]);
  return [
    ['Homes with this camera and this hub', count(twin.plan.homes), count(exposure?.homes.withBoth.length ?? 0)],
    ['Strangers’ pictures shown on a screen', strong(twin.shown.length, 'bad'), strong(sealcam.shown.length, 'good')],
    [
      'Strangers’ pictures that reached a hub',
      count(twin.arrived.length),
      `${count(sealcam.arrived.length)}, none could be opened`,
    ],
    ['Homes that got one', count(viewers.size), count(exposure?.homes.delivered.length ?? 0)],
    ['Homes whose picture went astray', count(owners.size), count(exposure?.homes.owners.length ?? 0)],
    [
      'Homes that could have been affected and were not',
      count(twin.plan.homes - hit.size),
      count(exposure?.homes.couldHave.length ?? 0),
    ],
    ['First and last time', span(twin.shown), span(sealcam.arrived)],
    [
      'Time to notice',
      'never by itself; in 2020 a post told them, after six days',
      duration(quantiles(sealcam.detectionMs)),
    ],
    ['From the decision to the last such picture', 'no such switch', duration(quantiles(sealcam.cutMs))],
    ['Who was cut off', 'nobody', suspended(sealcam)],
    ['The maker’s own app beside it', app(twin), app(sealcam)],
    [
      'Could the company say all this?',
      'No. We can, because we built the homes.',
      'Yes: its own records said the same as the truth.',
    ],
  ];
}

/** From whose camera to whose hub, each picture. */
export function picturesList(title: string, findings: Findings, sights: readonly Sight[]): string {
  const { numbers } = findings;
  const home = (id: string): string => `home ${numbers.get(id) ?? '?'}`;
  const rows = sights
    .slice(0, LISTED)
    .map(
      ({ atMs, owner, beholder }) =>
        `<tr><td>${moment(atMs)}</td><td>${home(owner.homeId)}, picture ${owner.counter}</td><td>${home(beholder.homeId)}</td></tr>`,
    );
  const rest = sights.length > LISTED ? `<p>… and ${count(sights.length - LISTED)} more.</p>` : '';
  return `<details><summary>${title}: ${count(sights.length)}</summary><table class="list"><thead><tr><th>When</th><th>Camera of</th><th>Hub of</th></tr></thead><tbody>${rows.join('')}</tbody></table>${rest}</details>`;
}

export function homesOf(sights: readonly Sight[], side: 'viewer' | 'owner'): Set<string> {
  return new Set(sights.map(({ beholder, owner }) => (side === 'viewer' ? beholder.homeId : owner.homeId)));
}

export function count(value: number): string {
  return value.toLocaleString('en-US');
}

function strong(value: number, kind: 'bad' | 'good'): string {
  return `<strong class="${kind}">${count(value)}</strong>`;
}

function suspended({ suspensions }: Findings): string {
  const links = suspensions.filter(({ target }) => target.width === 'link').length;
  const pair = suspensions.find(({ target }) => target.width === 'pair');
  const byPerson = pair === undefined ? '' : `; then the pair of models, by a person, ${moment(pair.atMs)}`;
  return `${count(links)} ${links === 1 ? 'link' : 'links'} at once, by itself${byPerson}`;
}

function app({ ownInApps, strangersInApps, counts }: Findings): string {
  return `${count(counts.appLooks)} looks, ${count(ownInApps)} own pictures, ${count(strangersInApps)} of strangers`;
}

function span(sights: readonly Sight[]): string {
  const [first] = sights;
  const last = sights.at(-1);
  if (first === undefined || last === undefined) return 'none';
  const ends = new Set([moment(first.atMs), moment(last.atMs)]);
  return [...ends].join(' to ');
}

function duration(times: Quantiles | null): string {
  if (times === null) return 'nothing to measure';
  const { p50, p99 } = times;
  return p50 === p99 ? seconds(p50) : `${seconds(p50)}; the slowest ${seconds(p99)}, over a poor line`;
}

function seconds(ms: number): string {
  return ms < 100 ? 'at once' : `${(ms / 1000).toFixed(1)} s`;
}

/** `26 Dec 18:42` */
export function moment(atMs: number): string {
  const at = new Date(atMs);
  const two = (value: number): string => String(value).padStart(2, '0');
  const month = at.getUTCMonth() === 0 ? 'Jan' : 'Dec';
  return `${at.getUTCDate()} ${month} ${two(at.getUTCHours())}:${two(at.getUTCMinutes())}`;
}
