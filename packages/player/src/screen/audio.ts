/** The camera's sound: PCMU and PCMA by table, AAC and Opus by WebCodecs, played a moment behind the picture. */
import { decodeCodecConfig, MediaError, type AudioConfig } from '@sealcam/media';
import { decodeG711 } from './g711.ts';
import type { ScreenUnit } from './screen-unit.ts';
import { SoundClock } from './sound-clock.ts';

/** `blocked`: the browser wants a tap first. `unsupported`: it cannot decode what this camera sends. */
export type AudioState = 'muted' | 'playing' | 'blocked' | 'unsupported' | 'closed';

interface Piece {
  readonly channels: readonly Float32Array<ArrayBuffer>[];
  readonly sampleRate: number;
}

type Decode = (unit: ScreenUnit) => void;

export class AudioPlayer {
  readonly #changed: (state: AudioState) => void;
  readonly #clock = new SoundClock();
  #state: AudioState = 'muted';
  #configBytes: Uint8Array | undefined;
  #config: AudioConfig | undefined;
  #context: AudioContext | undefined;
  #decoder: AudioDecoder | undefined;
  /** Undefined while muted, being prepared, or unable. */
  #decode: Decode | undefined;
  /** The config is known and this browser cannot decode it. */
  #unable = false;
  /** Counts configs, mutes and closes: what an older decoder still says is not heard. */
  #generation = 0;

  /** Starts muted: nothing is decoded while muted. */
  constructor(changed: (state: AudioState) => void = () => undefined) {
    this.#changed = changed;
  }

  get state(): AudioState {
    return this.#state;
  }

  push(unit: ScreenUnit): void {
    if (this.#state === 'closed') return;
    if (unit.config !== undefined) this.#learn(unit.config);
    if (this.#context?.state === 'running') this.#decode?.(unit);
  }

  /** Call from a tap or key: browsers let sound start only there. */
  async unmute(): Promise<void> {
    if (this.#state === 'closed' || this.#context !== undefined) {
      // Muted meanwhile: the context is closed, and there is nothing to resume.
      await this.#context?.resume().catch(() => undefined);
      return;
    }
    const context = newContext(this.#config?.sampleRate);
    this.#context = context;
    context.addEventListener('statechange', () => {
      if (context === this.#context) this.#tell();
    });
    // Within the tap, and not awaited: without one the promise stays open until there is one.
    void context.resume().catch(() => undefined);
    await this.#prepare();
    this.#tell();
  }

  mute(): void {
    if (this.#state === 'closed') return;
    this.#stop();
    this.#tell();
  }

  async close(): Promise<void> {
    this.#stop();
    this.#set('closed');
  }

  #stop(): void {
    this.#dropDecoder();
    this.#clock.reset();
    // A context that is closed plays nothing more of what was placed.
    void this.#context?.close();
    this.#context = undefined;
  }

  #learn(bytes: Uint8Array): void {
    const known = this.#configBytes;
    if (known !== undefined && known.length === bytes.length && known.every((byte, i) => byte === bytes[i])) return;
    this.#configBytes = bytes;
    this.#config = readAudioConfig(bytes);
    if (this.#context !== undefined) void this.#prepare().then(() => this.#tell());
  }

  /** A decoder for the config as it is now; none before the first unit said what it is. */
  async #prepare(): Promise<void> {
    this.#dropDecoder();
    const config = this.#config;
    this.#unable = config === undefined && this.#configBytes !== undefined;
    if (config === undefined) return;
    const { codec, sampleRate, channels } = config;
    if (codec === 'pcmu' || codec === 'pcma') {
      this.#decode = (unit) => this.#play({ channels: decodeG711(codec, unit.data, channels), sampleRate });
      return;
    }
    const generation = this.#generation;
    const wanted = await supportedConfig(config);
    if (generation !== this.#generation) return;
    this.#unable = wanted === undefined;
    if (wanted !== undefined) this.#decode = this.#open(wanted, generation);
  }

  #open(wanted: AudioDecoderConfig, generation: number): Decode {
    const decoder = new AudioDecoder({
      output: (data) => {
        const piece = readPiece(data);
        if (generation === this.#generation) this.#play(piece);
      },
      // A damaged frame closes a decoder; sound begins anew with a fresh one.
      error: () => {
        if (generation === this.#generation) void this.#prepare();
      },
    });
    decoder.configure(wanted);
    this.#decoder = decoder;
    return (unit) => {
      if (decoder.state !== 'configured') return;
      decoder.decode(
        new EncodedAudioChunk({ type: 'key', timestamp: unit.captureUs, duration: unit.durationUs, data: unit.data }),
      );
    };
  }

  #play({ channels, sampleRate }: Piece): void {
    const context = this.#context;
    const length = channels[0]?.length ?? 0;
    if (context === undefined || length === 0) return;
    const at = this.#clock.place(context.currentTime, length / sampleRate);
    if (at === undefined) return;
    const buffer = context.createBuffer(channels.length, length, sampleRate);
    channels.forEach((samples, i) => buffer.copyToChannel(samples, i));
    const source = context.createBufferSource();
    source.buffer = buffer;
    source.connect(context.destination);
    source.start(at);
  }

  #dropDecoder(): void {
    this.#generation += 1;
    this.#decode = undefined;
    if (this.#decoder !== undefined && this.#decoder.state !== 'closed') this.#decoder.close();
    this.#decoder = undefined;
  }

  #tell(): void {
    if (this.#state === 'closed') return;
    if (this.#context === undefined) this.#set('muted');
    else if (this.#unable) this.#set('unsupported');
    else this.#set(this.#context.state === 'running' ? 'playing' : 'blocked');
  }

  #set(state: AudioState): void {
    if (state === this.#state) return;
    this.#state = state;
    this.#changed(state);
  }
}

/** At the camera's own rate where the browser can: pieces then join without a seam. */
function newContext(sampleRate: number | undefined): AudioContext {
  try {
    return new AudioContext({ latencyHint: 'interactive', ...(sampleRate !== undefined && { sampleRate }) });
  } catch {
    return new AudioContext({ latencyHint: 'interactive' });
  }
}

function readAudioConfig(bytes: Uint8Array): AudioConfig | undefined {
  try {
    const config = decodeCodecConfig(bytes);
    return 'sampleRate' in config ? config : undefined;
  } catch (error) {
    if (error instanceof MediaError) return undefined;
    throw error;
  }
}

async function supportedConfig(config: AudioConfig): Promise<AudioDecoderConfig | undefined> {
  if (!('AudioDecoder' in globalThis)) return undefined;
  const { codecString: codec, sampleRate, channels: numberOfChannels, asc } = config;
  const wanted = { codec, sampleRate, numberOfChannels, ...(asc && { description: asc.slice() }) };
  const { supported } = await AudioDecoder.isConfigSupported(wanted).catch(() => ({ supported: false }));
  return supported === true ? wanted : undefined;
}

/** Copies the samples out and closes the data. */
function readPiece(data: AudioData): Piece {
  const { numberOfFrames, sampleRate } = data;
  const channels = Array.from({ length: data.numberOfChannels }, (_, planeIndex) => {
    const samples = new Float32Array(numberOfFrames);
    data.copyTo(samples, { planeIndex, format: 'f32-planar' });
    return samples;
  });
  data.close();
  return { channels, sampleRate };
}
