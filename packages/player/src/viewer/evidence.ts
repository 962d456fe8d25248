/** What this device signs of what it saw: receipts of what was painted, reports of what was refused (SEALING.md, rules 9 and 10). */
import { signReceipt, signReport, type DeviceKeys } from '@sealcam/home';
import {
  cameraId,
  millis,
  STREAM,
  toBase64Url,
  type Envelope,
  type FromViewer,
  type HomeId,
  type Track,
} from '@sealcam/protocol';
import { readHeader } from '@sealcam/seal';
import type { Connection } from './connection.ts';
import type { ViewerPorts } from './ports.ts';
import { RefusedRanges } from './refused-ranges.ts';
import { ReportRate, type Refusal } from './refusals.ts';
import { ShownRanges } from './shown-ranges.ts';
import type { Mark } from './viewing.ts';

/**
 * What was sent so shortly before a connection broke may never have arrived (a relay that suspends a link drops what the display has not
 * taken with its socket). It is sent again, the very bytes: the ledger counts the same signed bytes once.
 */
const AGAIN_MS = 30_000;
const MOST_AGAIN = 32;

const NO_FRAME = { cameraId: cameraId('0'.repeat(32)), streamId: STREAM.main, kid: '0'.repeat(16), ctr: 0 };

type Signed = Extract<FromViewer, { t: 'receipt' | 'report' }>;

export class Evidence {
  readonly #ports: ViewerPorts;
  readonly #connection: Connection;
  readonly #homeId: HomeId;
  readonly #keys: DeviceKeys;
  readonly #shown = new ShownRanges();
  readonly #refused = new RefusedRanges();
  readonly #rate = new ReportRate();
  /** Apart: a flood of stray messages hides no frame of a stranger. */
  readonly #strayRate = new ReportRate();
  #sent: { readonly atMs: number; readonly message: Signed }[] = [];
  #lastSeq = 0;

  constructor(ports: ViewerPorts, connection: Connection, homeId: HomeId, keys: DeviceKeys) {
    this.#ports = ports;
    this.#connection = connection;
    this.#homeId = homeId;
    this.#keys = keys;
  }

  painted(track: Track, { kid, place }: Mark): void {
    this.#shown.add(track.cameraId, track.streamId, kid, place.ctr);
  }

  /** With each liveness exchange. */
  async sendReceipt(): Promise<void> {
    if (!this.#connection.isOnline) return;
    const ranges = this.#shown.take();
    const refused = this.#refused.take();
    if (ranges.length === 0 && refused.length === 0) return;
    const receipt = await signReceipt(this.#keys, { ...this.#heading(), ranges, refused });
    if (this.#send({ t: 'receipt', receipt: toBase64Url(receipt) })) return;
    this.#shown.putBack(ranges);
    this.#refused.putBack(refused);
  }

  /** At most five at once and one in five seconds; the rest is counted in the next receipt. */
  async report({ frame, ...refusal }: Refusal): Promise<void> {
    if (!this.#rate.take(this.#ports.clock.monotonicMs())) return this.#refused.add(refusal);
    const frameHash = new Uint8Array(await this.#ports.subtle.digest('SHA-256', frame));
    const report = await signReport(this.#keys, { ...this.#heading(), ...refusal, frameHash });
    if (!this.#send({ t: 'report', report: toBase64Url(report) })) this.#refused.add(refusal);
  }

  /** Refused as well, and told of in the next receipt alone. */
  count({ frame: _, ...refusal }: Refusal): void {
    this.#refused.add(refusal);
  }

  /**
   * A unit of another home on our line: nothing to open it with, but the relay's operator must know.
   * @param watched the track of ours that it came beside; its own where we watch nothing
   */
  async misdelivered(envelope: Envelope, watched: Track | undefined): Promise<void> {
    const { sealed } = envelope;
    const track = watched ?? envelope;
    const { kid, ctr } = readHeader(sealed, envelope.streamId) ?? NO_FRAME;
    await this.report({
      cameraId: track.cameraId,
      streamId: track.streamId,
      reason: 'foreign',
      kid,
      ctr,
      frame: Uint8Array.from(sealed),
    });
  }

  /**
   * A list of members or a bulletin that is not this home's, or is old: nothing of it was used, but the relay's operator must know. Told
   * once, on the line that it came by, and no more often than frames are.
   */
  async stray(message: Uint8Array): Promise<void> {
    if (!this.#strayRate.take(this.#ports.clock.monotonicMs())) return;
    const frameHash = new Uint8Array(await this.#ports.subtle.digest('SHA-256', Uint8Array.from(message)));
    const report = await signReport(this.#keys, { ...this.#heading(), ...NO_FRAME, reason: 'stray', frameHash });
    this.#connection.send({ t: 'report', report: toBase64Url(report) });
  }

  /** A connection began; the one before broke. What could not be told then is told now, too. */
  again(): void {
    const fromMs = this.#ports.clock.monotonicMs() - AGAIN_MS;
    this.#sent = this.#sent.filter(({ atMs }) => atMs >= fromMs);
    for (const { message } of this.#sent) this.#connection.send(message);
    void this.sendReceipt();
  }

  #send(message: Signed): boolean {
    if (!this.#connection.send(message)) return false;
    this.#sent = [...this.#sent.slice(1 - MOST_AGAIN), { atMs: this.#ports.clock.monotonicMs(), message }];
    return true;
  }

  #heading(): { homeId: HomeId; deviceId: DeviceKeys['deviceId']; seq: number; timeMs: ReturnType<typeof millis> } {
    const nowMs = this.#ports.clock.wallMs();
    this.#lastSeq = Math.max(this.#lastSeq + 1, nowMs);
    return { homeId: this.#homeId, deviceId: this.#keys.deviceId, seq: this.#lastSeq, timeMs: millis(nowMs) };
  }
}
