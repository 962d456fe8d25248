/**
 * What the model must find: Sealcam with one protection taken out, by replacing a method from outside, in a process of its own. The
 * apps know nothing of it. A mutant counts as found when what it lets through reaches a decoder (or, where said, a display's line).
 */
import { NODE_SUITE } from '@sealcam/agent/seal-suite';
import { suspensionTopic, type SuspensionEvent } from '../../../apps/relay/src/bus.ts';
import { Gate } from '../../../apps/relay/src/gate.ts';
import { TrackGuard } from '../../../apps/relay/src/incidents/guard.ts';
import { AnnouncedKeys } from '../../../apps/relay/src/incidents/announced-keys.ts';
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

type Method = (...given: never[]) => unknown;

/** Another method in the place of one. @param make is given the own one, and whose it is */
function replace<Of extends object, Name extends keyof Of>(
  of: Of,
  name: Name,
  make: (own: Of[Name], self: Of) => Of[Name],
): void {
  const own = of[name] as Method;
  const other = function (this: Of, ...given: never[]): unknown {
    return (make(own.bind(this) as Of[Name], this) as Method)(...given);
  };
  Object.defineProperty(of, name, { value: other, writable: true, configurable: true });
}

/** Other facts for the gate than the store's. */
function factsAre(change: (facts: GateFacts) => GateFacts): void {
  replace(SqlStore.prototype, 'gate', (own) => async (question) => {
    const facts = await own(question);
    return facts && change(facts);
  });
}

/** Whoever was granted once is granted for good. */
function installForgetfulGate(): void {
  factsAre((facts) => ({
    ...facts,
    ...(facts.member !== undefined && { member: { ...facts.member, removed: false, granted: true } }),
  }));
}

function installEndlessLeases(): void {
  replace(Gate.prototype, 'mayView', (own) => async (question) => {
    const answer = await own(question);
    return answer.allow ? { ...answer, leaseMs: Number.MAX_SAFE_INTEGER / 2 } : answer;
  });
  Leases.prototype.tick = () => undefined;
}

/** The gate knows of what was broadcast, not of what is in the store; and nobody polls. */
function installBroadcastOnly(): void {
  const heard = new Set<number>();
  replace(ModelBus.prototype, 'publish', (own, bus) => (topic, message) => {
    if ((topic as string) === suspensionTopic && !bus.losesSuspensions)
      heard.add((message as SuspensionEvent).suspension.atMs);
    return own(topic, message);
  });
  Suspensions.prototype.tick = () => undefined;
  factsAre((facts) => ({ ...facts, suspended: facts.suspended.filter(({ sinceMs }) => heard.has(sinceMs)) }));
}

/** Privacy is the agent's word alone: the relay lets everything in and out. */
function installDeafToPrivacy(): void {
  const open = <T extends { readonly private: boolean }>(camera: T): T => ({ ...camera, private: false });
  replace(Ingest.prototype, 'announce', (own) => (cameras) => own(cameras.map(open)));
  factsAre((facts) => ({ ...facts, camera: facts.camera && open(facts.camera) }));
}

/** A display keeps the keys of every epoch. */
function installOldEpochs(): void {
  KeyRing.prototype.retire = () => [];
}

/** No look at the key id in the relay, none in the display, and a cipher that opens whatever was ever sealed. */
function installNoSeal(): void {
  AnnouncedKeys.prototype.enter = () => true;
  TrackGuard.prototype.passes = () => true;
  const last = new WeakMap<KeyRing, OpenKeys>();
  replace(KeyRing.prototype, 'add', (own, ring) => (keys) => {
    last.set(ring, keys);
    own(keys);
  });
  replace(KeyRing.prototype, 'find', (own, ring) => (kid) => {
    const any = last.get(ring);
    return own(kid) ?? (any && { ...any, kid });
  });
  const plains = new Map<string, Uint8Array>();
  replace(NODE_SUITE, 'aead', (own) => (key) => {
    const seal = own(key);
    return (nonce, additional, plain) => {
      const parts = seal(nonce, additional, plain);
      plains.set(tagOf(parts.at(-1) ?? new Uint8Array()), Buffer.concat(plain));
      return parts;
    };
  });
  const subtle = Object.getPrototypeOf(globalThis.crypto.subtle) as SubtleCrypto;
  replace(subtle, 'decrypt', (own) => async (how, key, data) => {
    const plain = plains.get(tagOf(data as Uint8Array));
    return plain === undefined ? await own(how, key, data) : Uint8Array.from(plain).buffer;
  });
}

function tagOf(sealed: Uint8Array): string {
  return Buffer.from(sealed).subarray(-16).toString('hex');
}

export const MUTANTS: Readonly<Record<string, Mutant>> = {
  'forgetful-gate': {
    about: 'the gate ignores that a grant was revoked',
    // New keys come at once, so that a screen hardly ever shows it: the relay sends what nobody can open.
    at: [...SCREEN, 'sent'],
    install: installForgetfulGate,
  },
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
