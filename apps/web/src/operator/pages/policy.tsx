/** What follows an incident by itself: rules in sentences, their text to change, what was in force before; and the canaries' switch. */
import { mayAs, type CanaryView, type OperatorMe, type PolicyRuleView, type PolicyView } from '@sealcam/protocol';
import { useSignal } from '@preact/signals';
import type { JSX } from 'preact';
import { ask } from '../api.ts';
import { Note } from '../../parts/note.tsx';
import { DeskPage } from '../desk-page.tsx';
import { ActNote, Shown, useAct, useAsked, type Asked } from '../use-asked.tsx';
import { canaryTrouble, GRADE_NAMES, moment, number, routeWords } from '../words.ts';
import { Counts } from './health.tsx';

interface Found {
  readonly policy: PolicyView;
  readonly past: readonly PolicyView[];
}

export function PolicyPage({ me }: { readonly me: OperatorMe }): JSX.Element {
  const asked = useAsked<Found>('policy');
  return (
    <DeskPage title="Policy">
      <p>What is suspended by itself when an incident is noticed. Lifting always needs a person.</p>
      <Shown asked={asked} what="the policy">
        {({ policy, past }) => (
          <>
            <section class="section">
              <h2>In force: version {policy.version}</h2>
              <p class="quiet small">{sinceWords(policy)}</p>
              <Rules of={policy} />
            </section>
            {mayAs(me.role, 'lift') && <Edit key={policy.version} policy={policy} asked={asked} />}
            {past.some(({ version }) => version !== policy.version) && (
              <section class="section">
                <h2>Before</h2>
                {past
                  .filter(({ version }) => version !== policy.version)
                  .map((each) => (
                    <details key={each.version}>
                      <summary>
                        Version {each.version}. {sinceWords(each)}
                      </summary>
                      <Rules of={each} />
                    </details>
                  ))}
              </section>
            )}
          </>
        )}
      </Shown>
      <Canaries me={me} />
    </DeskPage>
  );
}

function sinceWords({ version, atMs, by }: PolicyView): string {
  return version === 0 ? 'As Sealcam comes.' : `Since ${moment(atMs)}, by ${by}.`;
}

function Rules({ of }: { readonly of: PolicyView }): JSX.Element {
  if (of.rules.length === 0) return <p>Nothing is suspended by itself.</p>;
  return (
    <ol class="list" aria-label={`Rules of version ${of.version}`}>
      {of.rules.map((rule, at) => (
        <li key={at}>{ruleWords(rule)}</li>
      ))}
    </ol>
  );
}

const THEN: Readonly<Record<string, string>> = {
  tell: 'tell operators, suspend nothing',
  link: 'suspend that camera on that display',
  display: 'suspend that display',
  pair: 'suspend the pair of models (where they are not known: the partner, else the display)',
  partner: 'suspend the partner',
  everything: 'suspend everything',
};

export function ruleWords({ when, then }: PolicyRuleView): string {
  const grades = when.grades.map((grade) => (GRADE_NAMES as Record<string, string>)[grade] ?? grade);
  const list = new Intl.ListFormat('en', { type: 'disjunction' }).format(grades.map((each) => each.toLowerCase()));
  const { homes = 1, routes = 1, withinS = 600 } = when;
  const minutes = withinS % 60 === 0 ? `${withinS / 60} min` : `${withinS} s`;
  const over = routes > 1 ? ` over ${routes} routes` : '';
  const many = homes > 1 ? ` in ${number(homes)} homes${over} within ${minutes}` : '';
  return `Evidence ${list}${many}: ${THEN[then] ?? then}.`;
}

function Edit({ policy, asked }: { readonly policy: PolicyView; readonly asked: Asked<Found> }): JSX.Element {
  const act = useAct();
  const text = useSignal(JSON.stringify(policy.rules, undefined, 2));
  const set = (event: SubmitEvent): void => {
    event.preventDefault();
    void act.run(async () => {
      const rules = parsed(text.value);
      asked.put(await ask<Found>('policy-set', { rules }));
    });
  };
  return (
    <details class="section">
      <summary>Change the rules</summary>
      <form class="stack" onSubmit={set}>
        <label class="field">
          <span>Rules, in order; every one that matches is followed</span>
          <textarea
            class="code"
            rows={16}
            spellcheck={false}
            value={text.value}
            onInput={(event) => (text.value = event.currentTarget.value)}
          />
        </label>
        <p class="quiet small">
          grades: proven, canary, claimed, replayed, contested. then: tell, link, display, pair, partner, everything. A
          display’s word alone (claimed, replayed) may cut its own link and no more; a copied key (contested) cuts
          nothing.
        </p>
        <ActNote act={act} />
        <div class="row">
          <button class="button primary" disabled={act.busy.value}>
            Put it in force
          </button>
        </div>
      </form>
    </details>
  );
}

/** What is no JSON goes to the relay as it is, which says what is wrong with it. */
function parsed(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return text;
  }
}

/** A canary that sees nothing notices nothing: that is said first. */
function CanarySight({ counts }: { readonly counts: CanaryView['counts'] }): JSX.Element | null {
  const words = canaryTrouble(counts);
  if (words === undefined) return null;
  return (
    <Note tone="warning">
      <p>{words}</p>
    </Note>
  );
}

function Canaries({ me }: { readonly me: OperatorMe }): JSX.Element {
  const asked = useAsked<CanaryView>('canaries', {}, 5_000);
  const act = useAct();
  return (
    <section class="section">
      <h2>Canaries</h2>
      <p>
        Test homes of this relay’s own, with drawn pictures that carry a mark. Their screens watch all the time, by
        every route on offer: one foreign mark is an incident.
      </p>
      <ActNote act={act} />
      <Shown asked={asked} what="the canaries">
        {({ on, counts }) => (
          <>
            <label class="check">
              <input
                type="checkbox"
                role="switch"
                checked={on}
                disabled={!mayAs(me.role, 'lift') || act.busy.value}
                onChange={() => void act.run(async () => asked.put(await ask<CanaryView>('canaries-set', { on: !on })))}
              />
              <span>{on ? 'Canaries are on' : 'Canaries are off'}</span>
            </label>
            {on && counts.routes.length > 0 && <p>They watch by {counts.routes.map(routeWords).join(', ')}.</p>}
            {on && <CanarySight counts={counts} />}
            {on && (
              <Counts
                title="What they saw"
                of={[
                  ['Canary homes', number(counts.homes)],
                  ['Their screens', number(counts.viewers)],
                  ['Routes', number(counts.routes.length)],
                  ['Own marks seen', number(counts.framesRight)],
                  ['Foreign marks', number(counts.framesForeign), counts.framesForeign > 0],
                  ['Frames refused', number(counts.framesRefused), counts.framesRefused > 0],
                  ['Screens that see nothing', number(counts.silent), counts.silent > 0],
                  ['Last mark', counts.lastMs === 0 ? 'none yet' : moment(counts.lastMs)],
                ]}
              />
            )}
          </>
        )}
      </Shown>
    </section>
  );
}
