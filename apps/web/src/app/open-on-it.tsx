/** Where a new device opens Sealcam: an address that it can reach, with its code; or, where there is none, how to make one. */
import { useSignal } from '@preact/signals';
import { MonitorSmartphone, Tablet } from 'lucide-preact';
import type { JSX } from 'preact';
import { useEffect } from 'preact/hooks';
import { Note } from '../parts/note.tsx';
import { QrCode } from '../parts/qr-code.tsx';
import { askReach, openable, type Openable } from './reach.ts';

type Kind = 'display' | 'app';

export function OpenOnIt(): JSX.Element {
  const found = useSignal<Openable | undefined>(undefined);
  useEffect(() => {
    void askReach().then((reach) => (found.value = openable(reach, location)));
  }, []);
  if (found.value === undefined) return <p role="status">Asking Sealcam for its addresses…</p>;
  const [best, ...others] = found.value.addresses;
  if (best === undefined) return <NotYet from={found.value.from} />;
  return <Addresses best={best} others={others} trust={found.value.trust} />;
}

interface AddressesProps {
  readonly best: string;
  readonly others: readonly string[];
  readonly trust: string | undefined;
}

function Addresses({ best, others, trust }: AddressesProps): JSX.Element {
  const kind = useSignal<Kind>('display');
  const page = kind.value;
  return (
    <div class="stack">
      <KindChoice kind={page} onKind={(next) => (kind.value = next)} />
      <p>
        {page === 'display' ? 'Scan this with the tablet, or type it there:' : 'Scan this with it, or type it there:'}
      </p>
      <Address text={`${best}/${page}`} />
      {trust !== undefined && (
        <p class="quiet">
          Its browser warns once of the certificate, which is of your own home. Go on past that, or let the device trust
          it first: <span class="address">{trust}</span>
        </p>
      )}
      {others.length > 0 && (
        <details>
          <summary>It does not open there</summary>
          <div class="stack">
            <p>It must be in the same network. Other addresses of the same Sealcam:</p>
            {others.map((address) => (
              <Address key={address} text={`${address}/${page}`} />
            ))}
          </div>
        </details>
      )}
    </div>
  );
}

function KindChoice({ kind, onKind }: { readonly kind: Kind; readonly onKind: (kind: Kind) => void }): JSX.Element {
  const choice = (value: Kind, Icon: typeof Tablet, words: string): JSX.Element => (
    <button
      class="button"
      aria-pressed={kind === value}
      onClick={() => {
        onKind(value);
      }}
    >
      <Icon size={20} aria-hidden /> {words}
    </button>
  );
  return (
    <div class="segments" role="group" aria-label="What it is">
      {choice('display', Tablet, 'A display')}
      {choice('app', MonitorSmartphone, 'A phone or computer')}
    </div>
  );
}

function Address({ text }: { readonly text: string }): JSX.Element {
  return (
    <div class="opened">
      <QrCode text={text} label={`Code of ${text}`} />
      <strong class="address">{text}</strong>
    </div>
  );
}

const OPEN_LINE = 'npm start -- --host 0.0.0.0 --tls local';

const WHY = {
  machine: 'Only this computer can open Sealcam now, no tablet and no phone.',
  plain: 'Other devices find Sealcam, but their browsers open pictures over HTTPS only, and it has no certificate yet.',
  unknown: 'This page has an address of this computer alone, and Sealcam did not say another one.',
} as const;

function NotYet({ from }: { readonly from: Openable['from'] }): JSX.Element {
  if (from === 'network') {
    return (
      <Note tone="warning">
        <p>
          The computer that runs Sealcam has no address of a home network, and its own certificate is good for no other.
          It needs one that you have, with <span class="address">--tls files</span>.
        </p>
      </Note>
    );
  }
  return (
    <Note tone="warning">
      <p>{WHY[from]} Stop it in its terminal (Ctrl-C), and start it as before with this added:</p>
      <p class="command">{OPEN_LINE}</p>
      <p>Then load this page again: it shows the address to open. This browser stays as it is.</p>
    </Note>
  );
}
