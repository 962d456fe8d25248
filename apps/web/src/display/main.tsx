/** The smart display: pairing once, then a calm home screen. Kept small: at most 120 KB on the wire (size-check.ts). */
import { render } from 'preact';
import { Boot } from '../parts/boot.tsx';
import { Board } from './board.tsx';
import { Pairing } from './pairing.tsx';

const root = document.getElementById('root');
if (root !== null) {
  root.textContent = '';
  render(
    <Boot
      kind="display"
      unpaired={(keys, lost, joined) => <Pairing keys={keys} lost={lost} onJoined={joined} />}
      paired={(home, leave) => <Board home={home} onLeave={leave} />}
    />,
    root,
  );
}
