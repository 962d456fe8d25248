/** The grid: every camera this device may see, stills first, then live. */
import { Camera, Plus } from 'lucide-preact';
import type { JSX } from 'preact';
import type { Home } from '../../home/home.ts';
import { Blank } from '../../parts/note.tsx';
import { Page } from '../../parts/page.tsx';
import { PictureBox } from '../../parts/picture-box.tsx';
import { formatRoute } from '../../router.ts';

export function Pictures({ home }: { readonly home: Home }): JSX.Element {
  const cameras = home.cameras.value;
  return (
    <Page
      title={home.name.value || 'Your home'}
      actions={
        home.isAdmin.value && (
          <a class="button" href="#/cameras/add">
            <Plus size={20} aria-hidden /> Add a camera
          </a>
        )
      }
    >
      {cameras === undefined ? (
        <Blank icon={<Camera size={32} aria-hidden />} title="Waiting for the keys from your home">
          <p>
            {home.agent.value?.online === false
              ? 'Your home is not connected. Check that the computer with Sealcam is on.'
              : 'This takes a moment. Pictures appear here by themselves.'}
          </p>
        </Blank>
      ) : cameras.length === 0 ? (
        <NoCameras home={home} />
      ) : (
        <ul class={`grid${cameras.length === 1 ? ' one' : cameras.length <= 4 ? ' few' : ''}`} aria-label="Cameras">
          {cameras.map((camera) => (
            <li key={camera.cameraId}>
              <a class="tile" href={formatRoute({ at: 'picture', id: camera.cameraId })}>
                <PictureBox home={home} camera={camera} quality="grid" />
              </a>
            </li>
          ))}
        </ul>
      )}
    </Page>
  );
}

export function NoCameras({ home }: { readonly home: Home }): JSX.Element {
  return (
    <Blank
      icon={<Camera size={32} aria-hidden />}
      title={home.isAdmin.value ? 'No camera yet' : 'No camera for this device yet'}
    >
      {home.isAdmin.value ? (
        <>
          <p>Add the first one: paste its address, or choose its brand.</p>
          <a class="button primary" href="#/cameras/add">
            Add a camera
          </a>
        </>
      ) : (
        <p>An admin of your home chooses, under Devices, which cameras this device may see.</p>
      )}
    </Blank>
  );
}
