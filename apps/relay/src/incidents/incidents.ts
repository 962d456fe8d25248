/**
 * Everything that is noticed on this relay, as incidents: weighed, merged, told within the second, followed by what the policy says,
 * and stored. Nothing here can lift a suspension.
 */
import { randomBytes } from 'node:crypto';
import { SEALED_ROUTE, SealcamError, trackKey, type Track } from '@sealcam/protocol';
import type { Clock } from '../clock.ts';
import type { EventLog } from '../log.ts';
import type { Metrics } from '../metrics.ts';
import type { Canaries } from '../operators/canaries.ts';
import type { Store } from '../store/store.ts';
import type { Suspensions } from '../suspensions/suspensions.ts';
import type { AnnouncedKeys } from './announced-keys.ts';
import { Book, type Kept } from './book.ts';
import { consequences, type Following } from './consequences.ts';
import type {
  CanarySighting,
  Contest,
  Crossing,
  DeclaredOf,
  Incident,
  IncidentAction,
  IncidentGrade,
  IncidentSource,
  IncidentViewer,
  RefusedFrames,
} from './incident.ts';
import type { Policies } from './policies.ts';
import type { Policy } from './policy.ts';
import type { SealedQuestions } from './sealed-questions.ts';
import { isOwn, weigh } from './weigh.ts';

/** Equal incidents that are not further apart are one. */
export const MERGE_MS = 10 * 60_000;
/** Stories that the word of one home's displays alone can make; what comes on top is counted in one more. */
const WORDS_OF_A_HOME = 64;
/** What goes on is judged anew, told and written down so often. */
const AGAIN_MS = 1_000;
const TEXT = 2_000;

export interface IncidentsParts {
  readonly store: Pick<Store, 'incidents' | 'gate'>;
  readonly keys: Pick<AnnouncedKeys, 'facts'>;
  readonly policies: Policies;
  readonly suspensions: Pick<Suspensions, 'suspend'>;
  readonly clock: Clock;
  readonly log: EventLog;
  readonly metrics: Metrics;
  readonly questions: Pick<SealedQuestions, 'ask'>;
  /** The operator's own homes: what they sign is a sighting of ours. */
  readonly canaries: Pick<Canaries, 'has' | 'refused'>;
}

interface Sighting {
  readonly grade: IncidentGrade;
  readonly source: IncidentSource;
  readonly viewer: IncidentViewer;
  readonly declared: DeclaredOf;
  readonly asked: Track;
  readonly owner?: Track | undefined;
  readonly kid?: string | undefined;
  readonly ctr?: number | undefined;
  readonly count: number;
  readonly isLate?: boolean;
  /** Monotonic ms. */
  readonly cameMs: number;
}

export class Incidents {
  readonly #parts: IncidentsParts;
  readonly #book: Book;

  private constructor(parts: IncidentsParts, book: Book) {
    this.#parts = parts;
    this.#book = book;
  }

  static async open(parts: IncidentsParts): Promise<Incidents> {
    const { clock, log } = parts;
    return new Incidents(parts, await Book.open({ store: parts.store.incidents, clock, log }, mergeKey));
  }

  /** The relay's own guard stopped a frame. Synchronous: it is called from the fan-out. */
  crossed({ asked, owner, kid, ctr, viewers }: Crossing): void {
    const cameMs = this.#parts.clock.monoMs();
    for (const { viewer, declared } of viewers)
      this.#notice({ grade: 'proven', source: 'relay', viewer, declared, asked, owner, kid, ctr, count: 1, cameMs });
  }

  /** A home announced what another had announced first. It is about the second one, and nobody's picture is touched by it. */
  contested({ agent, second, first, kid, count }: Contest): void {
    const cameMs = this.#parts.clock.monoMs();
    const declared = { route: SEALED_ROUTE, cameraModel: '', displayModel: '' };
    this.#notice({
      ...{
        grade: 'contested',
        source: 'relay',
        viewer: agent,
        declared,
        asked: second,
        owner: first,
        kid,
        count,
        cameMs,
      },
    });
  }

  /**
   * A display's signed word, its signature checked.
   * @returns undefined where it is unfounded: counted, no incident
   * @throws {SealcamError} the store's faults
   */
  async report(frames: RefusedFrames): Promise<Incident | undefined> {
    const { viewer, cameraId, streamId, kid, fromCtr: ctr, count, isLate, cameMs } = frames;
    const asked: Track = { homeId: viewer.homeId, cameraId, streamId };
    const key = await this.#parts.keys.facts(kid);
    const owner = key?.owner;
    const weighed = weigh({ ...frames, asked, key });
    const isCanary = weighed !== 'unfounded' && this.#parts.canaries.has(viewer.homeId);
    const [grade, source] = isCanary ? (['canary', 'canary'] as const) : ([weighed, 'report'] as const);
    if (isCanary) this.#parts.canaries.refused(count);
    else this.#parts.metrics.sightings.inc({ grade }, count);
    if (grade === 'unfounded') return undefined;
    const declared = await this.#declared(viewer, asked);
    return this.#notice({ grade, source, viewer, declared, asked, owner, kid, ctr, count, isLate, cameMs });
  }

  /** A canary home of this operator saw what is not its own. @throws {SealcamError} the store's faults */
  async canary({ viewer, asked, kid, ctr, owner, count = 1 }: CanarySighting): Promise<Incident> {
    const cameMs = this.#parts.clock.monoMs();
    const key = kid === undefined ? undefined : await this.#parts.keys.facts(kid);
    const declared = await this.#declared(viewer, asked);
    const marked = owner && { ...owner, streamId: asked.streamId };
    const of = key !== undefined && !isOwn(key, asked) ? key.owner : marked;
    return this.#notice({
      grade: 'canary',
      source: 'canary',
      viewer,
      declared,
      asked,
      owner: of,
      kid,
      ctr,
      count,
      cameMs,
    });
  }

  /** Newest first, by their first moment. @param query `before` is exclusive, Unix ms; at most 1,000 */
  async list({ limit, before }: { readonly limit: number; readonly before?: number | undefined }): Promise<Incident[]> {
    await this.settled();
    return await this.#parts.store.incidents.list({ limit: Math.min(limit, 1_000), before });
  }

  async get(id: string): Promise<Incident | undefined> {
    return this.#book.byId(id)?.incident ?? (await this.#parts.store.incidents.get(id));
  }

  /** Writes a person's words beside it. @throws {SealcamError} `command.invalid` without a name or words, or for an incident that is not there */
  async note(id: string, by: string, text: string): Promise<Incident> {
    const note = { atMs: this.#parts.clock.wallMs(), by: words(by), text: words(text) };
    return await this.#book.change(id, (incident) => ({ ...incident, notes: [...incident.notes, note] }));
  }

  /** A person looked into it: an equal one after this is a new incident. @throws {SealcamError} as `note` */
  async close(id: string, by: string): Promise<Incident> {
    const closed = { atMs: this.#parts.clock.wallMs(), by: words(by) };
    return await this.#book.change(id, (incident) => ({ ...incident, closed }));
  }

  /** Hears each incident at once when it is new, and what is added to it within a second. @returns the function that ends it */
  onIncident(listen: (incident: Incident) => void): () => void {
    return this.#book.listen(listen);
  }

  /** Called each second: what went on is told and written, what could not be followed is tried again. */
  tick(): void {
    const nowMs = this.#parts.clock.monoMs();
    for (const kept of this.#book.all) if (!kept.isJudged && nowMs - kept.judgedMs >= AGAIN_MS) this.#judge(kept);
    this.#book.tick();
  }

  /** Resolves when what was noticed so far is followed and written, or its fault is logged. */
  settled(): Promise<void> {
    return this.#book.settled();
  }

  #notice(sighting: Sighting): Incident {
    const { clock, metrics } = this.#parts;
    if (sighting.source !== 'report') metrics.sightings.inc({ grade: sighting.grade }, sighting.count);
    const key = this.#keyOf(sighting);
    const before = this.#book.find(key);
    const nowMs = clock.wallMs();
    const goesOn = before?.incident.closed === undefined || sighting.isLate === true;
    if (before !== undefined && goesOn && nowMs - before.incident.lastMs <= MERGE_MS)
      return this.#add(before, sighting, nowMs);
    const kept = this.#book.begin(key, begun(sighting, nowMs));
    metrics.incidents.inc({ grade: sighting.grade });
    metrics.incidentSeconds.observe((clock.monoMs() - sighting.cameMs) / 1_000);
    this.#parts.log.warn('incident.noticed', { incident: kept.incident.id, kind: sighting.grade });
    this.#judge(kept);
    void this.#askOwner(kept);
    return kept.incident;
  }

  /** Nothing waits for the answer: it is written beside the incident when it comes. */
  async #askOwner(kept: Kept): Promise<void> {
    const { owner, kid, ctr, grade } = kept.incident;
    if (owner === undefined || kid === undefined || ctr === undefined || grade === 'contested') return;
    const sealed = await this.#parts.questions.ask(owner.homeId, kid, ctr);
    kept.incident = { ...kept.incident, sealed };
    kept.isChanged = true;
  }

  #add(kept: Kept, sighting: Sighting, nowMs: number): Incident {
    const { incident } = kept;
    kept.incident = { ...incident, lastMs: Math.max(incident.lastMs, nowMs), count: incident.count + sighting.count };
    kept.isChanged = true;
    // It goes on: a suspension that was lifted too early is asked for again.
    const isDue = this.#parts.clock.monoMs() - kept.judgedMs >= AGAIN_MS;
    if (sighting.isLate !== true && isDue) this.#judge(kept);
    return kept.incident;
  }

  #judge(kept: Kept): void {
    kept.judgedMs = this.#parts.clock.monoMs();
    const judging = this.#follow(kept).catch((error: unknown) => {
      kept.isJudged = false;
      this.#parts.log.fault('incident.follow', error, { incident: kept.incident.id });
    });
    this.#book.work(judging);
  }

  /** The suspensions first: they are what cannot wait for anything else. */
  async #follow(kept: Kept): Promise<void> {
    const policy = await this.#parts.policies.get();
    const recent = [...this.#book.all].map(({ incident }) => incident);
    kept.isJudged = true;
    for (const following of consequences(policy.rules, kept.incident, recent, this.#parts.clock.wallMs())) {
      const action = await this.#act(kept, following, policy);
      const { actions } = kept.incident;
      if (actions.some((done) => done.what === action.what && done.suspensionId === action.suspensionId)) continue;
      kept.incident = { ...kept.incident, actions: [...actions, action] };
      kept.isChanged = true;
    }
    this.#book.save(kept);
  }

  async #act(kept: Kept, { rule, homes, then, target }: Following, policy: Policy): Promise<IncidentAction> {
    const { incident } = kept;
    const atMs = this.#parts.clock.wallMs();
    if (target === undefined) return { atMs, what: then };
    const by = `policy ${policy.version}, rule ${rule}`;
    const what = incident.grade === 'replayed' ? 'An old picture' : 'A picture of another home or camera';
    const reason = `${what} was on its way (${incident.grade}), in ${homes} ${homes === 1 ? 'home' : 'homes'}.`;
    try {
      const { id } = await this.#parts.suspensions.suspend({
        target,
        cause: 'policy',
        by,
        reason,
        incidentId: incident.id,
      });
      return { atMs, what: target.width, suspensionId: id };
    } catch (error) {
      kept.isJudged = false;
      this.#parts.log.fault('incident.suspend', error, { incident: incident.id });
      return { atMs, what: `failed ${target.width}` };
    }
  }

  /** A home whose displays tell many stories gets one more for all the rest: its word cannot fill the store. */
  #keyOf(sighting: Sighting): string {
    const key = mergeKey({ ...sighting, route: sighting.declared.route });
    if (this.#book.find(key) !== undefined || !isWordOnly(sighting.grade)) return key;
    const { homeId } = sighting.viewer;
    const isWord = ({ incident: { grade, viewer } }: Kept): boolean => viewer.homeId === homeId && isWordOnly(grade);
    const told = [...this.#book.all].filter(isWord).length;
    return told < WORDS_OF_A_HOME ? key : `${sighting.grade}/${homeId}/more`;
  }

  async #declared({ homeId, deviceId }: IncidentViewer, { cameraId, streamId }: Track): Promise<DeclaredOf> {
    const facts = await this.#parts.store.gate({ homeId, deviceId, cameraId, streamId });
    return {
      route: facts?.member?.route ?? SEALED_ROUTE,
      cameraModel: facts?.camera?.model ?? '',
      displayModel: facts?.member?.model ?? '',
    };
  }
}

function isWordOnly(grade: IncidentGrade): boolean {
  return grade === 'claimed' || grade === 'replayed';
}

/** What makes two incidents equal. */
function mergeKey({
  grade,
  route,
  viewer,
  asked,
  owner,
}: Pick<Incident, 'grade' | 'route' | 'viewer' | 'asked'> & { readonly owner?: Track | undefined }): string {
  // One a home, however many key ids of however many others it announced.
  if (grade === 'contested') return `${grade}|${viewer.homeId}`;
  const from = owner === undefined ? '' : trackKey(owner);
  return [grade, route, viewer.homeId, viewer.deviceId, trackKey(asked), from].join('|');
}

function begun(sighting: Sighting, atMs: number): Incident {
  const { grade, source, viewer, declared, asked, owner, kid, ctr, count } = sighting;
  return {
    id: randomBytes(16).toString('hex'),
    atMs,
    lastMs: atMs,
    grade,
    source,
    route: declared.route,
    models: { camera: declared.cameraModel, display: declared.displayModel },
    viewer,
    asked,
    ...(owner && { owner }),
    ...(kid !== undefined && { kid }),
    ...(ctr !== undefined && { ctr }),
    count,
    actions: [],
    notes: [],
  };
}

function words(text: string): string {
  const said = text.trim().slice(0, TEXT);
  if (said === '') throw new SealcamError('command.invalid', 'a name and words are needed');
  return said;
}
