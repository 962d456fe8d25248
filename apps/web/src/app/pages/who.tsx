/** Who can open the pictures of one camera, as a place of its own. */
import type { JSX } from 'preact';
import type { Home } from '../../home/home.ts';
import { Page } from '../../parts/page.tsx';
import { WhoPanel } from '../../parts/who-panel.tsx';

export function Who({ home, id }: { readonly home: Home; readonly id: string }): JSX.Element {
  const camera = home.cameras.value?.find(({ cameraId }) => cameraId === id);
  return (
    <Page
      title={camera === undefined ? 'No such camera' : `Who can open ${camera.name}`}
      back={{ at: 'pictures' }}
      narrow
    >
      {camera === undefined ? (
        <p>It was removed, or this device may not see it.</p>
      ) : (
        <WhoPanel home={home} camera={camera} />
      )}
    </Page>
  );
}
