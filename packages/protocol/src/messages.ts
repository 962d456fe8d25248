/**
 * Control messages: JSON text on the same ordered socket as the sealed units. Nothing in here is trusted for a picture:
 * rosters, bulletins, answers, commands and reports are signed or sealed bytes carried as base64url.
 *
 * A request carries `id`; its reply carries the same number as `re` (rule 4), and there is one reply a request. Everything else is
 * an event. `reply` is one, too: a command that takes long is answered several times, and the ticket in front of the sealed bytes
 * says which command it is about.
 */
import * as v from 'valibot';
import { CodecError } from './bytes.ts';
import { cameraId, deviceId, homeId, keyId, mailboxId } from './ids.ts';
import { LIMITS } from './limits.ts';
import { model, NO_MODEL, route } from './model.ts';

const made = <T>(make: (hex: string) => T) =>
  v.pipe(
    v.string(),
    v.maxLength(64),
    v.rawTransform<string, T>(({ dataset, addIssue, NEVER }) => {
      try {
        return make(dataset.value);
      } catch {
        addIssue({ message: 'not an id' });
        return NEVER;
      }
    }),
  );

const Home = made(homeId);
const Device = made(deviceId);
const Camera = made(cameraId);
const Mailbox = made(mailboxId);
const Key = made(keyId);
const Stream = v.picklist([0, 1, 2, 3, 4]);
const Uint = v.pipe(v.number(), v.safeInteger(), v.minValue(0));
const Bytes = v.pipe(v.string(), v.maxLength(LIMITS.textMessageBytes), v.regex(/^[A-Za-z0-9_-]*$/));
const Ticket = v.pipe(v.string(), v.regex(/^[A-Za-z0-9_-]{22}$/));
const Tickets = v.pipe(v.array(Ticket), v.maxLength(LIMITS.ticketsAtOnce));
const TicketCount = v.pipe(Uint, v.minValue(1), v.maxValue(LIMITS.ticketsAtOnce));
/** Sealed by a relay to itself. */
const Keepsake = v.pipe(v.string(), v.maxLength(LIMITS.keepsakeBytes), v.regex(/^[A-Za-z0-9_-]*$/));
const Code = v.pipe(v.string(), v.maxLength(64));
const Model = made(model);
const Route = made(route);
const Short = v.pipe(v.string(), v.maxLength(256));

const NoticeId = v.pipe(v.string(), v.regex(/^[0-9a-f]{32}$/));
const Sentences = v.pipe(v.string(), v.maxLength(2_000));

const t = <const Name extends string, E extends v.ObjectEntries>(name: Name, entries: E) =>
  v.strictObject({ t: v.literal(name), ...entries });

/** In the first message of a client. Optional here, since one that says none is of version 1, and is told so. */
const Version = v.optional(Uint);
/** Which Sealcam the other side is, for people; nothing is decided by it. */
const Program = v.optional(v.pipe(v.string(), v.maxLength(64)));

/** Read by programs of every version: it never changes (`hello.ts`). */
const Challenge = t('challenge', { nonce: Bytes, versions: v.array(Uint), timeMs: Uint });
/** `sinceMs`: since when it is so, of a suspension. */
const Failure = t('error', { re: v.optional(Uint), code: Code, words: Short, sinceMs: v.optional(Uint) });
const Done = t('ok', { re: Uint });
const RosterGet = t('roster.get', { id: Uint, from: Uint });
const RosterChain = t('roster.chain', {
  re: Uint,
  rosters: v.pipe(v.array(Bytes), v.maxLength(LIMITS.rosterChainLength)),
});
const Roster = t('roster', { roster: Bytes });
const HpkeKey = t('hpke', { key: Bytes });

/** viewer → relay */
export const FromViewer = v.variant('t', [
  t('auth', { version: Uint, program: Program, homeId: Home, deviceId: Device, sig: Bytes }),
  RosterGet,
  t('roster.put', { id: Uint, roster: Bytes }),
  t('hpke.put', { id: Uint, key: Bytes }),
  t('subscribe', { id: Uint, cameraId: Camera, streamId: Stream }),
  t('unsubscribe', { id: Uint, cameraId: Camera, streamId: Stream }),
  t('live', { nonce: Bytes }),
  t('receipt', { receipt: Bytes }),
  t('report', { report: Bytes }),
  /** For that many commands that are to be sealed now. */
  t('ticket.get', { id: Uint, count: TicketCount }),
  /** Answered with `ok` when it was handed to the agent, which answers by `reply`. */
  t('command', { id: Uint, sealed: Bytes }),
  /** By an admin: how far up a restored agent must go. `ok` when it was handed on. */
  t('floor', { id: Uint, floor: Bytes }),
  t('ledger.get', {
    id: Uint,
    cameraId: v.optional(Camera),
    deviceId: v.optional(Device),
    fromMs: Uint,
    toMs: Uint,
    limit: v.pipe(Uint, v.maxValue(500)),
  }),
  /** By an admin, who has read it: it is shown to nobody of the home again. */
  t('notice.read', { id: Uint, noticeId: NoticeId }),
]);
export type FromViewer = v.InferOutput<typeof FromViewer>;

/** A viewing as the household reads it: one span of the ledger, counts already joined (PLATFORM.md, Ledger). */
export const LedgerRow = v.strictObject({
  deviceId: Device,
  cameraId: Camera,
  streamId: Stream,
  route: Short,
  fromMs: Uint,
  toMs: Uint,
  /** False while the viewing runs, and for ever when a crash left it open: "could have been". */
  closed: v.boolean(),
  delivered: Uint,
  shown: Uint,
  refused: Uint,
});
export type LedgerRow = v.InferOutput<typeof LedgerRow>;

/** What the operator tells a home after a mix-up, in plain words; three kinds. `fromMs` and `toMs` are the time it is about. */
export const Notice = v.strictObject({
  noticeId: NoticeId,
  kind: v.picklist(['was', 'could-have-been', 'not-affected']),
  /** When it was sent. */
  atMs: Uint,
  title: Short,
  happened: Sentences,
  fromMs: Uint,
  toMs: Uint,
  seen: Sentences,
  did: Sentences,
  todo: Sentences,
});
export type Notice = v.InferOutput<typeof Notice>;

/** relay → viewer */
export const ToViewer = v.variant('t', [
  Challenge,
  t('welcome', { rosterVersion: Uint, agentOnline: v.boolean(), timeMs: Uint, program: Program }),
  Failure,
  Done,
  RosterChain,
  Roster,
  /** `wrap` is this device's own; absent where the bulletin has none for it. */
  t('bulletin', { manifest: Bytes, wrap: v.optional(Bytes) }),
  t('live.answer', { answer: Bytes }),
  /** Perhaps fewer than were asked for; none: too many of this device are open. */
  t('tickets', { re: Uint, tickets: Tickets }),
  t('reply', { sealed: Bytes }),
  /** The agent has not looked at the command: too many are under way. */
  t('command.over', { ticket: Ticket }),
  /** The relay's own fact: whether the home's agent is connected, and since when. `code`: why it was not let in, if it came. */
  t('agent', { online: v.boolean(), sinceMs: Uint, code: v.optional(Code) }),
  /** A running subscription ended. `code` says why, `sinceMs` since when where a suspension did it; it must be asked for anew. */
  t('cut', { cameraId: Camera, streamId: Stream, code: Code, sinceMs: v.optional(Uint) }),
  /** A suspension that stopped this stream was lifted: it may be asked for again, now. A hint, the answer is the gate's. */
  t('lifted', { cameraId: Camera, streamId: Stream }),
  t('ledger.page', { re: Uint, rows: v.pipe(v.array(LedgerRow), v.maxLength(500)) }),
  /** To admins: the notices of the home that none of them has read, oldest first. Each message replaces the one before. */
  t('notices', { notices: v.pipe(v.array(Notice), v.maxLength(LIMITS.noticesShown)) }),
]);
export type ToViewer = v.InferOutput<typeof ToViewer>;

/** agent → relay */
export const FromAgent = v.variant('t', [
  t('auth', {
    version: Uint,
    program: Program,
    homeId: Home,
    deviceId: Device,
    sig: Bytes,
    /** Both only when the home may be new here. */
    genesis: v.optional(Bytes),
    invitation: v.optional(Short),
  }),
  RosterGet,
  /** Any member may hand on a longer chain; the agent does after recovery at its console. */
  t('roster.put', { id: Uint, roster: Bytes }),
  t('hpke.get', { id: Uint }),
  t('announce', {
    cameras: v.pipe(
      v.array(
        v.strictObject({
          cameraId: Camera,
          streams: v.pipe(v.array(Stream), v.maxLength(5)),
          private: v.boolean(),
          model: v.optional(Model, NO_MODEL),
        }),
      ),
      v.maxLength(LIMITS.camerasPerHome),
    ),
    /** What the home declared of its displays; members that are not named keep what they had. */
    displays: v.optional(
      v.pipe(
        v.array(v.strictObject({ deviceId: Device, model: Model, route: Route })),
        v.maxLength(LIMITS.devicesPerHome),
      ),
      [],
    ),
  }),
  /** `keys`: the key list whose hash the manifest signs; no viewer gets it. */
  t('bulletin', {
    manifest: Bytes,
    keys: Bytes,
    wraps: v.pipe(v.array(v.strictObject({ deviceId: Device, wrap: Bytes })), v.maxLength(LIMITS.devicesPerHome)),
  }),
  t('live.answer', { deviceId: Device, answer: Bytes }),
  t('tickets', { deviceId: Device, id: Uint, tickets: Tickets }),
  t('reply', { deviceId: Device, sealed: Bytes }),
  t('command.over', { deviceId: Device, ticket: Ticket }),
  /** First of all: what this relay left with it, '' where it left nothing. It is answered with `keep`. */
  t('kept', { sealed: Keepsake }),
  /** Signed: whether it sealed the frame of `sealed.ask`. */
  t('sealed.answer', { id: Uint, answer: Bytes }),
  /** The kept GOP for this join is sent; live units follow for the joiners too. */
  t('joined', { joinId: Uint }),
  /** This home is over (a reset at the agent's machine): `sig` is the agent's over `endBytes`. Answered with `ok`, then closed 4403. */
  t('home.end', { id: Uint, sig: Bytes }),
]);
export type FromAgent = v.InferOutput<typeof FromAgent>;

/** relay → agent */
export const ToAgent = v.variant('t', [
  Challenge,
  t('welcome', { rosterVersion: Uint, timeMs: Uint, program: Program }),
  Failure,
  Done,
  RosterChain,
  Roster,
  HpkeKey,
  t('hpke.all', { re: Uint, keys: v.pipe(v.array(Bytes), v.maxLength(LIMITS.devicesPerHome)) }),
  t('live.ask', { deviceId: Device, nonce: Bytes }),
  t('ticket.ask', { deviceId: Device, id: Uint, count: TicketCount }),
  t('command', { deviceId: Device, sealed: Bytes }),
  t('floor', { floor: Bytes }),
  /** To be kept for this relay, in place of what was kept before. Only to agents that said `kept`. */
  t('keep', { sealed: Keepsake }),
  /** An incident names this home as the owner of a frame: did its agent seal that counter under that key id? */
  t('sealed.ask', { id: Uint, kid: Key, ctr: Uint }),
  /** How many viewers a stream has on this relay now; 0 lets the agent stop an on-demand stream. */
  t('watch', { cameraId: Camera, streamId: Stream, viewers: Uint }),
  t('join', { joinId: Uint, cameraId: Camera, streamId: Stream }),
]);
export type ToAgent = v.InferOutput<typeof ToAgent>;

/** either side of a pairing → relay */
export const FromPairing = v.variant('t', [
  /**
   * By the side that shows a code. `digits` asks for a four-digit meeting number as well. `newHome`: by an agent that is nobody's
   * yet, with the invitation it has, so that it is told of one that is of no use before anybody claims it.
   */
  t('open', {
    id: Uint,
    version: Version,
    mailboxId: Mailbox,
    digits: v.boolean(),
    newHome: v.optional(v.strictObject({ invitation: v.optional(Short) })),
  }),
  /** By the other side, with what the code said. One join a mailbox, ever. */
  t('join', {
    id: Uint,
    version: Version,
    mailboxId: v.optional(Mailbox),
    number: v.optional(v.pipe(v.string(), v.regex(/^\d{4}$/))),
  }),
  t('post', { body: Bytes }),
  /** By a browser that holds a recovery sheet and nothing else: of which home is it? The id is the hash of the sheet's public key. */
  t('home.find', { id: Uint, version: Version, deviceId: Device }),
]);
export type FromPairing = v.InferOutput<typeof FromPairing>;

/** relay → either side of a pairing */
export const ToPairing = v.variant('t', [
  t('opened', { re: Uint, number: v.optional(v.string()), expiresMs: Uint }),
  t('joined', { re: v.optional(Uint), mailboxId: Mailbox }),
  t('mail', { body: Bytes }),
  t('home.found', { re: Uint, homeId: Home }),
  Failure,
]);
export type ToPairing = v.InferOutput<typeof ToPairing>;

/**
 * @param text one WebSocket text message
 * @throws {CodecError} for anything that is not exactly one known message: too long, not JSON, unknown or extra fields
 */
export function parseMessage<S extends v.GenericSchema>(schema: S, text: string): v.InferOutput<S> {
  if (text.length > LIMITS.textMessageBytes) throw new CodecError('control message too large');
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    throw new CodecError('not JSON');
  }
  const result = v.safeParse(schema, value);
  if (!result.success) throw new CodecError('not a known message');
  return result.output;
}
