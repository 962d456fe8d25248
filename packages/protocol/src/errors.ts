/**
 * Every error a person or a peer can meet: a stable code, words a user understands, and the HTTP status where one is sent.
 * A code is for ever; words may improve. Nothing here names a key, a token, an address or a picture.
 */
export const ERRORS = {
  'codec.malformed': { status: 400, words: 'The message was damaged or not meant for Sealcam.' },
  'protocol.version': { status: 426, words: 'This program is too old or too new for the other side. Update both.' },
  'protocol.page-old': { status: 426, words: 'This page is older than its relay. Reload this page.' },
  'protocol.agent-old': {
    status: 426,
    words: "Your home's computer runs an older Sealcam than its relay. Update the agent at home.",
  },
  'protocol.relay-old': { status: 426, words: 'The relay runs an older Sealcam than this one. Update the relay.' },
  'protocol.unexpected': { status: 400, words: 'The message came at a moment when it means nothing.' },
  'protocol.too-large': { status: 413, words: 'The message is larger than Sealcam accepts.' },
  'protocol.too-many': { status: 429, words: 'Too many requests. Wait a moment and try again.' },
  'auth.timeout': { status: 408, words: 'The other side did not say who it is in time.' },
  'auth.refused': { status: 401, words: 'The signature is not that of a known device.' },
  'home.unknown': { status: 404, words: 'This relay does not know that home.' },
  'home.invitation': {
    status: 403,
    words:
      'This relay takes new homes by invitation only, and an invitation is good once and for a limited time. ' +
      "Ask the relay's operator for a new invitation.",
  },
  'home.erased': { status: 410, words: 'This home was reset at its own computer and is over. Pair again.' },
  'home.offline': { status: 503, words: 'Your home is not connected right now.' },
  'device.unknown': { status: 403, words: 'This device is not a member of the home. Pair it first.' },
  'device.removed': { status: 403, words: 'This device was removed from the home.' },
  'device.expired': { status: 403, words: "This device's time as a guest is over. Ask an admin." },
  'device.role': { status: 403, words: 'Only an admin of the home may do that.' },
  'camera.unknown': { status: 404, words: 'There is no such camera in this home.' },
  'camera.not-granted': { status: 403, words: 'This display may not see that camera. Ask an admin.' },
  'camera.private': { status: 403, words: 'Privacy is on. Nobody can see that camera.' },
  'suspended.link': { status: 403, words: 'This camera is paused on this display by the operator.' },
  'suspended.display': { status: 403, words: 'This display is paused by the operator.' },
  'suspended.pair': {
    status: 403,
    words: 'This pair of models, camera and display, is paused by the operator. The admins’ own devices work.',
  },
  'suspended.partner': {
    status: 403,
    words: "This partner's displays are paused by the operator. Your own displays work.",
  },
  'suspended.everything': {
    status: 403,
    words: 'All displays are paused by the operator. The admins’ own devices work.',
  },
  'stream.unknown': { status: 404, words: 'The camera has no such stream.' },
  'lease.expired': { status: 503, words: 'The relay could not check who may see this picture, so it shows none.' },
  'roster.invalid': { status: 400, words: 'The list of members is not valid and was refused.' },
  'roster.stale': { status: 409, words: 'The list of members changed in the meantime. Try again.' },
  'roster.forked': {
    status: 409,
    words: 'Two different lists of members exist. Nothing is shown until an admin has decided.',
  },
  'roster.elsewhere': {
    status: 409,
    words: 'Your home follows another list of members than this device has. Nothing is shown here.',
  },
  'roster.rollback': { status: 409, words: 'An older list of members was offered and refused.' },
  'bulletin.invalid': { status: 400, words: 'The keys for the pictures are not valid and were refused.' },
  'bulletin.behind': {
    status: 409,
    words:
      "The home's computer is behind what its devices have seen: it was restored from an older copy, or its clock was ahead. " +
      'An admin can let it go on, in the app; until then no picture is shown.',
  },
  'seal.malformed': { status: 400, words: 'A damaged picture was refused. Nothing was shown.' },
  'seal.foreign': {
    status: 403,
    words: 'A picture that is not yours was refused. Nothing was shown. We have reported it.',
  },
  'seal.replayed': { status: 409, words: 'An old picture was refused.' },
  'seal.broken': { status: 400, words: 'A picture could not be opened and was refused.' },
  'seal.exhausted': { status: 500, words: 'The camera must start a new session before more pictures can be sealed.' },
  'pair.unknown': {
    status: 404,
    words: 'This code is not known. It may have been used already or be older than five minutes.',
  },
  'pair.used': { status: 409, words: 'This code was used already. Show a new one.' },
  'pair.expired': { status: 410, words: 'This code is older than five minutes. Show a new one.' },
  'pair.mismatch': { status: 403, words: 'The digits do not match. Nothing was paired.' },
  'pair.locked': { status: 429, words: 'Three wrong codes. Pairing is locked for ten minutes.' },
  'pair.refused': { status: 403, words: 'The other device could not be verified. Nothing was paired.' },
  'pair.too-many': {
    status: 429,
    words: 'Too many wrong numbers came from this network. Wait a minute and try again, or use the QR code.',
  },
  'pair.left': { status: 410, words: 'The other device went away. Show a new code.' },
  'command.refused': { status: 403, words: 'Your home refused that.' },
  'command.replayed': { status: 409, words: 'That request was already carried out.' },
  'command.late': { status: 408, words: 'Your home got this too late and did not do it. Do it again.' },
  'command.unanswered': {
    status: 504,
    words: 'Your home has not said whether it did that. Look before you do it again.',
  },
  'command.invalid': { status: 400, words: 'Your home did not understand that request.' },
  'rtsp.address': { status: 400, words: 'This is not a camera address. It begins with rtsp:// or rtsps://.' },
  'rtsp.account': {
    status: 400,
    words:
      'Where the password ends cannot be told for sure. Leave user and password out of the address, and put them into their own fields.',
  },
  'rtsp.unreachable': {
    status: 502,
    words: 'Nothing answers at that address. Check the address, and that the camera is on.',
  },
  'rtsp.refused': { status: 502, words: 'The device is there, but nothing listens on that port. Check the port.' },
  'rtsp.not-rtsp': {
    status: 502,
    words: 'Something answers there, but it is not a camera stream (perhaps its web page).',
  },
  'rtsp.password': { status: 401, words: 'Reached the camera, but the user or the password was refused.' },
  'rtsp.not-found': { status: 404, words: 'Reached the camera, but it has no stream at that path.' },
  'rtsp.elsewhere': {
    status: 502,
    words: 'The camera sends its viewers to another address. If you know that address, enter it instead.',
  },
  'rtsp.busy': {
    status: 503,
    words: 'The camera has no free place for another viewer. Close another app that watches it.',
  },
  'rtsp.transport': { status: 502, words: 'The camera offers no transport that works here.' },
  'rtsp.codec': {
    status: 415,
    words: 'The camera sends a format that Sealcam cannot carry. Choose H.264 in the camera.',
  },
  'rtsp.silent': { status: 504, words: 'The camera answered but sends no picture.' },
  'rtsp.no-keyframe': {
    status: 504,
    words:
      'The camera sends, but no full picture came. Set its keyframe interval to 2 seconds and switch off smart codecs.',
  },
  'rtsp.tls': { status: 502, words: "The camera's certificate could not be used." },
  'rtsp.malformed': { status: 502, words: 'The camera sends data that makes no sense.' },
  'rtsp.ended': { status: 502, words: 'The camera closed the connection.' },
  'operator.signed-out': { status: 401, words: 'You are signed out. Sign in again.' },
  'operator.refused': { status: 401, words: 'Name and password or passkey do not fit together.' },
  'operator.role': { status: 403, words: 'Your role does not allow that. Ask an operator who may lift.' },
  'operator.invitation': { status: 403, words: 'This link is not known. It was used already, or is older than a day.' },
  'operator.locked': {
    status: 429,
    words: 'Too many wrong tries from here. Wait a minute, longer after each further one, or use a passkey.',
  },
  'operator.passkey': { status: 400, words: 'The passkey could not be verified. Try again.' },
  'operator.password': { status: 400, words: 'The password must have 12 to 256 characters.' },
  'operator.origin': { status: 403, words: 'That request did not come from the operator page of this relay.' },
  'operator.taken': { status: 409, words: 'An operator of that name exists already.' },
  'operator.last': { status: 409, words: 'Somebody who may lift must remain.' },
  'operator.unknown': { status: 404, words: 'There is no such operator.' },
  'quota.cameras': { status: 403, words: 'This relay carries no more cameras for your home. Ask its operator.' },
  'quota.viewers': { status: 429, words: 'As many screens as this relay allows your home are connected. Close one.' },
  'quota.rate': {
    status: 429,
    words: 'Your home sends more at once than this relay carries. It goes on by itself in a moment.',
  },
  'quota.day': {
    status: 429,
    words: "Your home has sent more today than this relay carries for one home. Ask the relay's operator for more.",
  },
  'host.foreign': {
    status: 421,
    words:
      'This Sealcam does not go by the name in the address. Open it by one of its own, or add this one to the setting "name".',
  },
  'store.in-use': { status: 500, words: 'Another Sealcam already runs on this data folder.' },
  'store.newer': {
    status: 500,
    words:
      'A newer Sealcam wrote this data, and nothing in it was changed. Start that newer Sealcam, or restore a backup from ' +
      'before the update.',
  },
  'store.corrupt': { status: 500, words: 'The data folder is damaged. Restore a backup.' },
  'store.read-only': { status: 500, words: 'The data folder cannot be written.' },
  'store.full': { status: 507, words: 'The disk is full.' },
  'config.invalid': { status: 500, words: 'The configuration is not valid.' },
  'port.in-use': { status: 500, words: 'Another program already uses that port.' },
  'browser.other-tab': {
    status: 409,
    words: 'An older page of Sealcam is open in another tab of this browser. Close that tab, or reload it.',
  },
  'browser.unsupported': {
    status: 400,
    words: 'This browser cannot open sealed pictures. Use a current Chrome, Edge, Firefox or Safari.',
  },
  internal: { status: 500, words: 'Sealcam made a mistake. It was written to the log.' },
} as const;

export type ErrorCode = keyof typeof ERRORS;

/** The base of all our errors. `message` may carry detail for a log; `words` is what a person reads. */
export class SealcamError extends Error {
  readonly code: ErrorCode;
  /** Unix ms since when it is so, where a suspension says so. */
  readonly sinceMs: number | undefined;

  constructor(code: ErrorCode, detail?: string, options?: ErrorOptions & { readonly sinceMs?: number | undefined }) {
    super(detail === undefined ? code : `${code}: ${detail}`, options);
    this.name = 'SealcamError';
    this.code = code;
    this.sinceMs = options?.sinceMs;
  }

  get words(): string {
    return ERRORS[this.code].words;
  }

  get status(): number {
    return ERRORS[this.code].status;
  }
}

export function isErrorCode(code: string): code is ErrorCode {
  return Object.hasOwn(ERRORS, code);
}
