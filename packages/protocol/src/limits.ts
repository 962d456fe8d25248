/** Every bound of the wire in one place; each is checked where bytes are appended or a message is parsed. */
export const LIMITS = {
  /** One access unit before sealing. Cameras send up to 4 MB keyframes (measured, MEDIA.md). */
  accessUnitBytes: 4 * 1024 * 1024,
  /** One binary message: an access unit, its sealed header, config and padding. */
  binaryMessageBytes: 4 * 1024 * 1024 + 64 * 1024,
  /** One JSON control message: a bulletin for a full home, or the still of a camera that is tried. */
  textMessageBytes: 6 * 1024 * 1024,
  /** One JSON control message of a viewer: the largest is a long roster chain inside a command. */
  viewerTextBytes: 2 * 1024 * 1024,
  /** Any message before the other side has said who it is. */
  firstMessageBytes: 256 * 1024,
  /** The kept GOP of one stream, and units in it. */
  gopBytes: 24 * 1024 * 1024,
  gopUnits: 1200,
  /** Bytes a viewer's queue on the relay may hold before it falls back to a keyframe. */
  viewerQueueBytes: 6 * 1024 * 1024,
  /** Bytes the agent's uplink may hold before it drops to a keyframe. */
  uplinkQueueBytes: 12 * 1024 * 1024,
  /** A device of a home, a camera of a home, a roster in bytes. */
  devicesPerHome: 64,
  camerasPerHome: 256,
  rosterBytes: 128 * 1024,
  rosterChainLength: 512,
  /** Subscriptions of one viewer connection. */
  subscriptionsPerViewer: 128,
  /** Unread notices of the operator that an admin is given at a time; the next come when these are read. */
  noticesShown: 8,
  /** What a relay leaves with an agent, in characters. */
  keepsakeBytes: 96 * 1024,
  /** Control messages a second and in a burst, one connection. */
  messagesPerSecond: 50,
  messageBurst: 200,
  /** Tickets for commands: in one message, and of one device that are not used up or whose command is not answered. */
  ticketsAtOnce: 32,
  ticketsPerDevice: 64,
  /** Milliseconds. */
  ticketMs: 30_000,
  /** A command that runs says so at least this often; a device that hears nothing for so long stops waiting. */
  commandProgressMs: 5_000,
  commandSilenceMs: 20_000,
  authTimeoutMs: 5_000,
  leaseMs: 5_000,
  liveAnswerMs: 3_000,
  liveEveryMs: 10_000,
  liveExpiresMs: 25_000,
  /** The relay closes a socket that has not answered a ping for this long. */
  pingEveryMs: 5_000,
  pingTimeoutMs: 12_000,
  /** A pairing socket that is in no mailbox by then is closed. */
  pairingFirstMs: 60_000,
  /** Pairing mailboxes. */
  mailboxMs: 5 * 60_000,
  mailboxMessages: 16,
  mailboxMessageBytes: 256 * 1024,
  mailboxesPerAddress: 256,
  /** Viewer rules of SEALING.md, "What a viewer does". */
  unknownKeyHoldMs: 500,
  unknownKeyHoldBytes: 2 * 1024 * 1024,
  oldEpochMs: 2_000,
  notLiveAgeMs: 5_000,
  greyAfterMs: 3_000,
  blankAfterMs: 15_000,
  timerGapMs: 2_000,
} as const;

/** The one version spoken today; an unknown one is refused with words (`hello.ts`), never guessed. */
export const PROTOCOL_VERSION = 2;
