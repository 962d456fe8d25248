/** Which cameras a device may see: a box each, none ticked before a person ticks it. */
import type { Grants } from '@sealcam/home';
import type { CameraId } from '@sealcam/protocol';
import type { JSX } from 'preact';
import type { Home } from '../home/home.ts';

interface Props {
  readonly home: Home;
  readonly grants: Grants;
  readonly onChange: (grants: Grants) => void;
}

export function GrantsField({ home, grants, onChange }: Props): JSX.Element {
  const cameras = home.cameras.value ?? [];
  const has = (id: CameraId): boolean => grants === 'all' || grants.includes(id);
  const toggle = (id: CameraId): void => {
    const now = grants === 'all' ? cameras.map(({ cameraId }) => cameraId) : grants;
    onChange(now.includes(id) ? now.filter((each) => each !== id) : [...now, id]);
  };
  return (
    <fieldset class="stack tight">
      <legend class="legend">Cameras it may see</legend>
      {cameras.map((camera) => (
        <label key={camera.cameraId} class="check">
          <input
            type="checkbox"
            checked={has(camera.cameraId)}
            onChange={() => {
              toggle(camera.cameraId);
            }}
          />
          {camera.name}
          {camera.room !== '' && <span class="quiet"> · {camera.room}</span>}
        </label>
      ))}
      {cameras.length === 0 && <p class="quiet">There is no camera yet.</p>}
      <label class="check">
        <input
          type="checkbox"
          checked={grants === 'all'}
          onChange={() => {
            onChange(grants === 'all' ? [] : 'all');
          }}
        />
        All cameras, also those added later
      </label>
    </fieldset>
  );
}
