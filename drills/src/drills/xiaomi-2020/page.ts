/** The report of the seed drill: one HTML file without anything from elsewhere, for somebody who has never heard of us. */
import { SOURCES, WHAT_HAPPENED } from './facts.ts';
import { hypothesisOf } from './hypotheses.ts';
import type { Trio } from './index.ts';
import { STYLE } from './page-style.ts';
import { answersTable, count, homesOf, picturesList } from './page-tables.ts';
import type { Findings } from './play.ts';
import { timelineSvg } from './timeline-svg.ts';

const WIDTHS = { desk: 860, phone: 350 };

export interface About {
  readonly seed: number;
  /** The small town over real sockets. */
  readonly sockets: Findings;
}

export function reportPage(trios: readonly Trio[], about: About): string {
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>A stranger’s picture on my screen: the week of January 2020, replayed</title>
<style>${STYLE}</style>
</head>
<body>
<main>
<header>
<h1>A stranger’s picture on my screen</h1>
<p class="lead">The week of January 2020 in which home cameras showed up on other people’s displays, replayed: once with a design of that time, once with Sealcam.</p>
</header>
${headline(trios)}
<section><h2>What happened</h2>${WHAT_HAPPENED.map((words) => `<p>${words}</p>`).join('\n')}
<p class="sources">Read more: ${SOURCES.map(({ name, url }) => `<a href="${url}">${name}</a>`).join(' · ')}</p></section>
${trios.map(hypothesis).join('\n')}
${method(trios, about)}
</main>
</body>
</html>
`;
}

function headline(trios: readonly Trio[]): string {
  const twinShown = trios.map(({ twin }) => twin.shown.length);
  const sealcamShown = trios.reduce((sum, { sealcam }) => sum + sealcam.shown.length, 0);
  const arrived = trios.reduce((sum, { sealcam }) => sum + sealcam.arrived.length, 0);
  const homes = trios.map(({ twin }) => homesOf(twin.shown, 'viewer').size);
  return `<section class="headline">
<div><strong class="bad">${range(twinShown)}</strong><span>strangers’ pictures shown in ${range(homes)} homes with the design of 2019, depending on the explanation</span></div>
<div><strong class="good">${count(sealcamShown)}</strong><span>shown with Sealcam. ${count(arrived)} reached a hub in all; none could be opened, each was reported and counted</span></div>
</section>`;
}

function range(values: readonly number[]): string {
  const [least, most] = [Math.min(...values), Math.max(...values)];
  return least === most ? count(least) : `${count(least)} to ${count(most)}`;
}

function hypothesis({ sealcam, twin }: Trio, index: number): string {
  const { title, words } = hypothesisOf(sealcam.plan.hypothesis);
  return `<section>
<h2>Explanation ${index + 1}: ${title.toLowerCase()}</h2>
<p>${words}</p>
<figure>${timelineSvg(twin, sealcam, WIDTHS.desk)}${timelineSvg(twin, sealcam, WIDTHS.phone)}
<figcaption><span class="key bad"></span> a stranger’s picture on a screen &ensp; <span class="key held"></span> one that arrived, could not be opened and was reported</figcaption></figure>
${answersTable(twin, sealcam)}
${picturesList('Design of 2019: every stranger’s picture that was shown', twin, twin.shown)}
${picturesList('Sealcam: every stranger’s picture that arrived and stayed closed', sealcam, sealcam.arrived)}
</section>`;
}

function method(trios: readonly Trio[], { seed, sockets }: About): string {
  const [first] = trios;
  if (first === undefined) return '';
  const { homes, days, poorShare } = first.sealcam.plan;
  const real = sockets.counts.hubLooks + sockets.counts.appLooks;
  return `<section><h2>How this was made</h2>
<ul>
<li>${count(homes)} invented homes, each with one camera, one hub and the maker’s own app. ${Math.round(poorShare * 100)} in a hundred have a very poor network: two seconds there and back, bursts of loss, connections that are open but silent, answers that break off. People look at their hub about every third day, and every day where it works badly, for ${days + 1} days.</li>
<li>No real home, person or picture is in it. Every picture carries the number of its owner, so that it can be told at the screen’s very input whose it is.</li>
<li>Sealcam is the real thing: the same relay and the same viewer that people run, with real keys. Only time is simulated, and for most of the looks the wires; ${count(real)} looks of a smaller town went over real network connections.</li>
<li>The faulty cache is the same in both, and in both its mistake is in one named piece of code. With that piece put right, the design of 2019 showed no stranger: so it is the mistake that does it, not the replay.</li>
<li>“The design of 2019” is ours: pictures travel unsealed and a display shows what it is given. How Xiaomi’s and Google’s systems were built inside is not public.</li>
<li>In Sealcam a display’s own word stops only that display’s link. A person who was told paused the pair of models some time later; that person is part of the script and decides at the first time that people look at their hubs and at least twenty minutes after the first report.</li>
</ul>
<p>To see the same run again: <code>sealcam drill xiaomi-2020 --seed ${seed} --report report</code></p></section>`;
}
