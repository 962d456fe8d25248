/** A home whose relay and agent are processes that die, and an admin who goes on working meanwhile and remembers each acknowledgment. */
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { HomeClient } from '@sealcam/player/viewer';
import { decodeEnvelope, parseSealedHeader } from '@sealcam/protocol';
import { freePort } from '../cameras/rig.ts';
import { Child } from '../harness/child.ts';
import { claim, type Device } from '../harness/household.ts';
import { startWireTap, type WireTap } from '../harness/wire-tap.ts';
import { temporaryFolder } from '../harness/world.ts';

const PART = new URL('part-process.ts', import.meta.url);

export interface WholeLedger {
  readonly whole: boolean;
  readonly rows?: number;
}

/** Every (key, counter) that left the agent, with what was sealed under it: the same pair again must be the same bytes, sent again. */
export class WireCounters {
  readonly #seen = new Map<string, string>();
  repeated = 0;
  again = 0;

  get pairs(): number {
    return this.#seen.size;
  }

  take(message: Uint8Array): void {
    const { sealed } = decodeEnvelope(message);
    const { kid, ctr, bodyAt } = parseSealedHeader(sealed);
    const pair = `${kid}/${ctr}`;
    // The tag is 16 bytes over all the rest: two frames of one pair with one tag are one frame.
    const tag = Buffer.from(sealed.subarray(Math.max(bodyAt, sealed.length - 16))).toString('latin1');
    const known = this.#seen.get(pair);
    if (known === undefined) this.#seen.set(pair, tag);
    else if (known === tag) this.again += 1;
    else this.repeated += 1;
  }
}

export class LivingHome {
  readonly folder: string;
  readonly port: number;
  readonly counters: WireCounters;
  readonly #tap: WireTap;
  readonly #spares: Record<'relay' | 'agent', Child>;
  relay: Child;
  agent: Child;
  /** Of the last start of the relay. */
  ledger: WholeLedger = { whole: true, rows: 0 };
  #client: HomeClient | undefined;
  #admin: Device | undefined;

  /** @param folder its data, made and removed here unless handed in */
  static async found(folder?: string): Promise<LivingHome> {
    const data = folder ?? (await temporaryFolder('living'));
    const port = await freePort();
    const counters = new WireCounters();
    // The agent dials through the tap; viewers dial the relay.
    const tap = await startWireTap(port, ({ way, isText, payload }) => {
      if (way === 'up' && !isText) counters.take(payload);
    });
    return await new LivingHome(data, port, counters, tap).#begun(async (home) => {
      const [, link = ''] = await home.agent.seen(/claim (\S+)/);
      return await claim(home.url, link, 'Home');
    });
  }

  /** The same home and the same admin, from another folder with its data; on the same port, since that is what the admin dials. */
  static async onCopy(before: LivingHome, folder: string): Promise<LivingHome> {
    const tap = await startWireTap(before.port, () => undefined);
    before.client.close();
    return await new LivingHome(folder, before.port, before.counters, tap).#begun(() => Promise.resolve(before.admin));
  }

  private constructor(folder: string, port: number, counters: WireCounters, tap: WireTap) {
    this.folder = folder;
    this.port = port;
    this.counters = counters;
    this.#tap = tap;
    this.#spares = { relay: this.#spawnRelay(), agent: this.#spawnAgent() };
    this.relay = this.#begin('relay');
    this.agent = this.#begin('agent');
  }

  get url(): string {
    return `ws://127.0.0.1:${this.port}`;
  }

  get client(): HomeClient {
    if (this.#client === undefined) throw new Error('not claimed');
    return this.#client;
  }

  get admin(): Device {
    if (this.#admin === undefined) throw new Error('not claimed');
    return this.#admin;
  }

  /** Kills, and starts again at once. */
  async kill(which: 'agent' | 'relay' | 'both'): Promise<void> {
    if (which !== 'relay') this.agent.process.kill('SIGKILL');
    if (which !== 'agent') this.relay.process.kill('SIGKILL');
    if (which !== 'relay') await this.agent.ended;
    if (which !== 'agent') await this.relay.ended;
    if (which !== 'agent') this.relay = this.#begin('relay');
    if (which !== 'relay') this.agent = this.#begin('agent');
    if (which !== 'agent') await this.relayReady();
    this.client.reconnect();
    if (which !== 'relay') await this.agent.seen(/online/);
  }

  async relayReady(): Promise<void> {
    await this.relay.seen(/port \d+/);
    const [, json = '{}'] = await this.relay.seen(/ledger (.*)\n/);
    this.ledger = JSON.parse(json) as WholeLedger;
  }

  /** Both end as on Ctrl-C. */
  async stop(): Promise<void> {
    await this.agent.end('SIGTERM');
    await this.relay.end('SIGTERM');
  }

  /** As `close`, with its folder left where it is. */
  async retire(): Promise<void> {
    this.#client?.close();
    await Promise.all([this.agent, this.relay, this.#spares.agent, this.#spares.relay].map((child) => child.end()));
    await this.#tap.close();
  }

  async close(): Promise<void> {
    await this.retire();
    await rm(this.folder, { recursive: true, force: true });
  }

  /** Up and online, or nothing is left running. */
  async #begun(admin: (home: LivingHome) => Promise<Device>): Promise<this> {
    try {
      await this.relayReady();
      this.#admin = await admin(this);
      this.#client = await this.#admin.open();
      await this.agent.seen(/online/);
      return this;
    } catch (error) {
      await this.retire();
      throw error;
    }
  }

  /** The one that waits, and another that waits after it. */
  #begin(part: 'relay' | 'agent'): Child {
    const next = this.#spares[part].go();
    this.#spares[part] = part === 'relay' ? this.#spawnRelay() : this.#spawnAgent();
    return next;
  }

  #spawnRelay(): Child {
    return new Child(PART, ['relay', this.folder, String(this.port)]);
  }

  #spawnAgent(): Child {
    return new Child(PART, ['agent', join(this.folder, 'agent'), this.#tap.url]);
  }
}
