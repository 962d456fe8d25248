/** The sound of one camera: off until a person switches it on, since browsers start sound only from a tap or a key. */
import { signal, type ReadonlySignal } from '@preact/signals';
import type { CameraName } from '@sealcam/home';
import { AudioPlayer, type AudioState } from '@sealcam/player/screen';
import { STREAM } from '@sealcam/protocol';
import type { Home } from '../home/home.ts';

export class Sound {
  readonly #state = signal<AudioState>('muted');
  readonly #player: AudioPlayer;
  #stop: () => void = () => undefined;

  constructor() {
    this.#player = new AudioPlayer((state) => (this.#state.value = state));
  }

  get state(): ReadonlySignal<AudioState> {
    return this.#state;
  }

  /** From a tap or key. */
  async on(home: Home, camera: CameraName): Promise<void> {
    this.#stop();
    const watch = home.client.watch(camera.cameraId, STREAM.audio, {
      unit: (unit) => {
        this.#player.push(unit);
        watch.painted(unit);
      },
      reset: () => undefined,
    });
    this.#stop = () => {
      watch.stop();
    };
    await this.#player.unmute();
  }

  off(): void {
    this.#stop();
    this.#stop = () => undefined;
    this.#player.mute();
  }

  close(): void {
    this.#stop();
    void this.#player.close();
  }
}
