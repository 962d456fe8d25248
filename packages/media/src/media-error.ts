/** The one fault of this package. Its codes are rows of protocol's table, which this package may not import. */
export type MediaErrorCode = 'codec.malformed' | 'rtsp.codec' | 'rtsp.malformed';

/** A camera's or a peer's bytes make no sense. `message` is detail for a log and never holds bytes of a picture. */
export class MediaError extends Error {
  readonly code: MediaErrorCode;

  constructor(code: MediaErrorCode, detail: string) {
    super(detail);
    this.name = 'MediaError';
    this.code = code;
  }
}
