/** The household's page, on phone and desktop: watch, cameras, devices, who can open what, what was shown. */
import { render } from 'preact';
import { Boot } from '../parts/boot.tsx';
import { startRouter } from '../router.ts';
import { Frame } from './frame.tsx';
import { Welcome } from './pages/welcome.tsx';

const root = document.getElementById('root');
if (root !== null) {
  root.textContent = '';
  startRouter();
  render(
    <Boot
      kind="app"
      unpaired={(keys, lost, joined) => <Welcome keys={keys} lost={lost} onJoined={joined} />}
      paired={(home, leave) => <Frame home={home} onLeave={leave} />}
    />,
    root,
  );
}
// Only the static shell is kept, for installing and for opening without a network (shell/worker.js).
if ('serviceWorker' in navigator && import.meta.env.PROD) {
  addEventListener('load', () => {
    navigator.serviceWorker.register('/sw.js', { scope: '/app' }).catch(() => undefined);
  });
}
