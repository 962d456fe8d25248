/** All cameras as a list: order, privacy, and the way to each one's settings. */
import type { CameraName } from '@sealcam/home';
import { ArrowDown, ArrowUp, Camera, Eye, EyeOff, Plus } from 'lucide-preact';
import type { JSX } from 'preact';
import { ask, type Home } from '../../home/home.ts';
import { Blank } from '../../parts/note.tsx';
import { Page } from '../../parts/page.tsx';
import { useTask } from '../../parts/task.ts';
import { TaskNote } from '../../parts/task-note.tsx';
import { formatRoute } from '../../router.ts';
import { NoCameras } from './pictures.tsx';

export function Cameras({ home }: { readonly home: Home }): JSX.Element {
  const cameras = home.cameras.value;
  const isAdmin = home.isAdmin.value;
  const task = useTask();
  const move = (at: number, by: number): void => {
    const ids = (cameras ?? []).map(({ cameraId }) => cameraId);
    const [id] = ids.splice(at, 1);
    if (id === undefined) return;
    ids.splice(at + by, 0, id);
    void task.run(async () => void (await ask(home, { do: 'camera.order', cameraIds: ids })));
  };
  const privacy = (camera: CameraName): void => {
    void task.run(
      async () => void (await ask(home, { do: 'camera.privacy', cameraId: camera.cameraId, on: !camera.private })),
    );
  };
  return (
    <Page
      title="Cameras"
      actions={
        isAdmin && (
          <a class="button primary" href="#/cameras/add">
            <Plus size={20} aria-hidden /> Add a camera
          </a>
        )
      }
    >
      <TaskNote task={task} running="Telling your home…" />
      {cameras === undefined ? (
        <Blank icon={<Camera size={32} aria-hidden />} title="Waiting for the keys from your home" />
      ) : cameras.length === 0 ? (
        <NoCameras home={home} />
      ) : (
        <ul class="list" aria-label="Cameras">
          {cameras.map((camera, at) => (
            <li key={camera.cameraId} class="item">
              <Camera size={22} aria-hidden />
              <Named camera={camera} isAdmin={isAdmin} />
              {isAdmin && (
                <span class="row">
                  <button
                    class="button icon plain"
                    disabled={at === 0}
                    aria-label={`Move ${camera.name} up`}
                    onClick={() => {
                      move(at, -1);
                    }}
                  >
                    <ArrowUp size={20} aria-hidden />
                  </button>
                  <button
                    class="button icon plain"
                    disabled={at === cameras.length - 1}
                    aria-label={`Move ${camera.name} down`}
                    onClick={() => {
                      move(at, 1);
                    }}
                  >
                    <ArrowDown size={20} aria-hidden />
                  </button>
                  <button
                    class="button"
                    aria-pressed={camera.private}
                    aria-label={`Privacy is ${camera.private ? 'on' : 'off'}: ${camera.name}`}
                    onClick={() => {
                      privacy(camera);
                    }}
                  >
                    {camera.private ? <EyeOff size={20} aria-hidden /> : <Eye size={20} aria-hidden />}
                    {camera.private ? 'Privacy is on' : 'Privacy is off'}
                  </button>
                </span>
              )}
            </li>
          ))}
        </ul>
      )}
    </Page>
  );
}

/** The whole row opens the camera's page, for those who may change something there. */
function Named({ camera, isAdmin }: { readonly camera: CameraName; readonly isAdmin: boolean }): JSX.Element {
  const words = (
    <>
      <strong>{camera.name}</strong>
      <span class="quiet small">{about(camera)}</span>
    </>
  );
  if (!isAdmin) return <span class="grow">{words}</span>;
  return (
    <a class="grow whole" href={formatRoute({ at: 'camera', id: camera.cameraId })}>
      {words}
    </a>
  );
}

function about(camera: CameraName): string {
  const facts = [
    camera.room,
    camera.mainCodec === 'h265' ? 'H.265' : 'H.264',
    camera.hasSub ? 'two streams' : 'one stream',
  ];
  if (camera.hasAudio) facts.push('sound');
  if (camera.demo) facts.push('demo');
  return facts.filter((fact) => fact !== '').join(' · ');
}
