/**
 * What the model must find: Sealcam with one protection taken out, by replacing a method from outside, in a process of its own. The
 * apps know nothing of it. A mutant counts as found when what it lets through reaches a decoder (or, where said, a display's line).
 */
import { NODE_SUITE } from '@sealcam/agent/seal-suite';
import type { Topic } from '@sealcam/relay';
import { suspensionTopic, type SuspensionEvent } from '../../../apps/relay/src/bus.ts';
import { Gate } from '../../../apps/relay/src/gate.ts';
import { TrackGuard } from '../../../apps/relay/src/incidents/guard.ts';
import { KeyOwners } from '../../../apps/relay/src/incidents/key-owners.ts';
import { Leases } from '../../../apps/relay/src/live/leases.ts';
import { Ingest } from '../../../apps/relay/src/live/ingest.ts';
import { SqlStore } from '../../../apps/relay/src/store/sql-store.ts';
import type { GateFacts } from '../../../apps/relay/src/store/store.ts';
import { Suspensions } from '../../../apps/relay/src/suspensions/suspensions.ts';
import { KeyRing } from '../../../packages/player/src/viewer/key-ring.ts';
import type { Violation } from './judge.ts';
import { ModelBus } from './relay-host.ts';

export interface Mutant {
  readonly about: string;
  /** Where it must be seen. */
  readonly at: readonly Violation['at'][];
  /** For the rest of this process. */
  install(): void;
}

type OpenKeys = Parameters<KeyRing['add']>[0];

const SCREEN = ['shown', 'opened'] as const;

/** Other facts for the gate than the store's. */
function factsAre(change: (facts: GateFacts) => GateFacts): void {
  const own = SqlStore.prototype.gate;
  SqlStore.prototype.gate = async function (this: SqlStore, question) {
    const facts = await own.call(this, question);
    return facts && change(facts);
  };
}

/** Whoever was granted once is granted for good. */
function installForgetfulGate(): void {
  factsAre((facts) => ({
    ...facts,
    ...(facts.member !== undefined && { member: { ...facts.member, removed: false, granted: true } }),
  }));
}

function installEndlessLeases(): void {
  const own = Gate.prototype.mayView;
  Gate.prototype.mayView = async function (this: Gate, question) {
    const answer = await own.call(this, question);
    return answer.allow ? { ...answer, leaseMs: Number.MAX_SAFE_INTEGER / 2 } : answer;
  };
  Leases.prototype.tick = () => undefined;
}

/** The gate knows of what was broadcast, not of what is in the store; and nobody polls. */
function installBroadcastOnly(): void {
  const heard = new Set<number>();
  const own = ModelBus.prototype.publish;
  ModelBus.prototype.publish = function <Message>(this: ModelBus, topic: Topic<Message>, message: Message): number {
    if ((topic as string) === suspensionTopic && !this.losesSuspensions)
      heard.add((message as unknown as SuspensionEvent).suspension.atMs);
    return own.call(this, topic as Topic<unknown>, message);
  };
  Suspensions.prototype.tick = () => undefined;
  factsAre((facts) => ({ ...facts, suspended: facts.suspended.filter(({ sinceMs }) => heard.has(sinceMs)) }));
}

/** Privacy is the agent's word alone: the relay lets everything in and out. */
function installDeafToPrivacy(): void {
  const own = Ingest.prototype.announce;
  Ingest.prototype.announce = function (this: Ingest, cameras) {
    return own.call(
      this,
      cameras.map((camera) => ({ ...camera, private: false })),
    );
  };
  factsAre((facts) => ({ ...facts, camera: facts.camera && { ...facts.camera, private: false } }));
}

/** A display keeps the keys of every epoch. */
function installOldEpochs(): void {
  KeyRing.prototype.retire = () => [];
}

/** No look at the key id in the relay, none in the display, and a cipher that opens whatever was ever sealed. */
function installNoSeal(): void {
  KeyOwners.prototype.enter = () => true;
  TrackGuard.prototype.passes = () => true;
  const last = new WeakMap<KeyRing, OpenKeys>();
  const { add, find } = KeyRing.prototype;
  KeyRing.prototype.add = function (this: KeyRing, keys) {
    last.set(this, keys);
    add.call(this, keys);
  };
  KeyRing.prototype.find = function (this: KeyRing, kid) {
    const any = last.get(this);
    return find.call(this, kid) ?? (any && { ...any, kid });
  };
  const plains = new Map<string, Uint8Array>();
  const { aead } = NODE_SUITE;
  Object.assign(NODE_SUITE, {
    aead: (key: Uint8Array<ArrayBuffer>) => {
      const seal = aead(key);
      return (...given: Parameters<typeof seal>) => {
        const parts = seal(...given);
        plains.set(Buffer.from(parts.at(-1) ?? []).toString('hex'), Buffer.concat(given[2]));
        return parts;
      };
    },
  });
  const subtle = Object.getPrototypeOf(globalThis.crypto.subtle) as SubtleCrypto;
  const { decrypt } = subtle;
  subtle.decrypt = async function (this: SubtleCrypto, ...given) {
    const [, , data] = given;
    const tag = Buffer.from(data as Uint8Array<ArrayBuffer>).subarray(-16);
    const plain = plains.get(tag.toString('hex'));
    return plain === undefined ? await decrypt.call(this, ...given) : Uint8Array.from(plain).buffer;
  };
}

export const MUTANTS: Readonly<Record<string, Mutant>> = {
  'forgetful-gate': { about: 'the gate ignores that a grant was revoked', at: SCREEN, install: installForgetfulGate },
  'endless-leases': { about: 'leases never expire', at: SCREEN, install: installEndlessLeases },
  'broadcast-only': {
    about: 'a suspension is only a broadcast, and a broadcast can be lost',
    at: SCREEN,
    install: installBroadcastOnly,
  },
  'deaf-to-privacy': { about: 'the relay does not heed privacy', at: SCREEN, install: installDeafToPrivacy },
  'old-epochs': { about: 'a display accepts frames of an epoch that is over', at: SCREEN, install: installOldEpochs },
  'no-seal': {
    about: 'neither relay nor display looks whose key it is, and the cipher opens everything',
    at: SCREEN,
    install: installNoSeal,
  },
};
