/** The pictures of the board: up to six at once. A tap opens one, a long press asks who can. */
import type { CameraName } from '@sealcam/home';
import { Camera } from 'lucide-preact';
import type { JSX } from 'preact';
import { useRef } from 'preact/hooks';
import type { Home } from '../home/home.ts';
import { PictureBox, type BoxReport } from '../parts/picture-box.tsx';
import { gestureProps } from './gestures.ts';

export const TILES = 6;
/** A camera as the intents know it. */
export type Named = CameraName & { readonly id: string };

export interface TilesProps {
  readonly home: Home;
  readonly cameras: readonly Named[];
  readonly page: number;
  readonly onOpen: (id: string) => void;
  readonly onHold: (camera: CameraName) => void;
  readonly onReport: (id: string) => (report: BoxReport) => void;
}

export function Tiles({ home, cameras, page, onOpen, onHold, onReport }: TilesProps): JSX.Element {
  if (cameras.length === 0) return <NoTiles home={home} />;
  const shown = cameras.slice(page * TILES, (page + 1) * TILES);
  return (
    <ul class={`tiles n${shown.length}`} aria-label="Cameras">
      {shown.map((camera) => (
        <li key={camera.id}>
          <Tile home={home} camera={camera} onOpen={onOpen} onHold={onHold} onReport={onReport(camera.id)} />
        </li>
      ))}
    </ul>
  );
}

type TileProps = Pick<TilesProps, 'home' | 'onOpen' | 'onHold'> & {
  readonly camera: Named;
  readonly onReport: (report: BoxReport) => void;
};

function Tile({ home, camera, onOpen, onHold, onReport }: TileProps): JSX.Element {
  const held = useRef(false);
  const gestures = gestureProps({
    hold: () => {
      held.current = true;
      onHold(camera);
    },
  });
  return (
    <button
      class="tile"
      {...gestures}
      onClick={() => {
        // The click that ends a long press opens nothing.
        if (!held.current) onOpen(camera.id);
        held.current = false;
      }}
    >
      <PictureBox home={home} camera={camera} quality="grid" onReport={onReport} />
    </button>
  );
}

function NoTiles({ home }: { readonly home: Home }): JSX.Element {
  const connection = home.connection.value;
  if (home.cameras.value !== undefined) {
    return (
      <div class="empty" role="status">
        <Camera size={32} aria-hidden />
        <h2>No camera for this display yet</h2>
        <p>An admin chooses in Sealcam, under Devices, which cameras this display may see.</p>
      </div>
    );
  }
  return (
    <div class="empty" role="status">
      <Camera size={32} aria-hidden />
      <h2>{connection.state === 'online' ? 'Waiting for the keys from your home' : 'Connecting to your home'}</h2>
      <p>
        {home.agent.value?.online === false
          ? 'Your home is not connected. Check that the computer with Sealcam is on.'
          : 'This takes a moment. Pictures appear here by themselves.'}
      </p>
    </div>
  );
}
