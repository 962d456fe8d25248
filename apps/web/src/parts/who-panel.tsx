/** Who can open the pictures of one camera, from the roster that this very device verified; and the household's thirty digits. */
import type { CameraName } from '@sealcam/home';
import { Monitor, Smartphone, Globe } from 'lucide-preact';
import type { JSX } from 'preact';
import { routesOf, whoCanOpen, type Home, type MemberView } from '../home/home.ts';
import { counted, longDate } from '../words/ages.ts';

const PARTNERS: Readonly<Record<string, string>> = {
  google: 'Google',
  alexa: 'Amazon Alexa',
  homekit: 'Apple Home',
  matter: 'Matter',
  whep: 'a web player',
};

export function KindIcon({ kind }: { readonly kind: MemberView['kind'] }): JSX.Element {
  if (kind === 'display') return <Monitor size={22} aria-hidden />;
  return kind === 'phone' ? <Smartphone size={22} aria-hidden /> : <Globe size={22} aria-hidden />;
}

export function WhoPanel({ home, camera }: { readonly home: Home; readonly camera: CameraName }): JSX.Element {
  const devices = whoCanOpen(home, camera.cameraId);
  const routes = routesOf(home, camera.cameraId);
  return (
    <div class="stack">
      <p>
        <strong>
          {camera.name} is sealed to {counted(devices.length, 'device')} of this home
          {routes.length === 0 ? ', and to nobody else.' : '.'}
        </strong>
      </p>
      <ul class="stack tight" aria-label={`Devices that can open ${camera.name}`}>
        {devices.map((device) => (
          <li key={device.id} class="row">
            <KindIcon kind={device.kind} />
            <span class="grow">
              {device.name}
              {device.isMe && ' (this device)'}
              {device.entry.notAfterMs > 0 && <span class="quiet"> · until {longDate(device.entry.notAfterMs)}</span>}
            </span>
          </li>
        ))}
      </ul>
      {routes.map((route, index) => (
        <p key={index}>Also {PARTNERS[route.kind] ?? route.kind}, because an admin linked it.</p>
      ))}
      <HouseholdCode home={home} />
    </div>
  );
}

/** Equal on two screens exactly when both hold the same list of members. */
export function HouseholdCode({ home }: { readonly home: Home }): JSX.Element {
  const { code } = home.facts.value;
  return (
    <section class="stack tight" aria-label="Household code">
      <h2>Household code</h2>
      <CodeGroups code={code} />
      <p class="quiet small">
        Compare with another device: if all thirty digits are the same there, both know the same members, and nobody has
        slipped one in.
      </p>
    </section>
  );
}

export function CodeGroups({ code }: { readonly code: readonly string[] }): JSX.Element {
  return (
    <p class="code-groups" aria-label={code.map((group) => group.split('').join(' ')).join(', ')} role="img">
      {code.map((group, index) => (
        <span key={index}>{group}</span>
      ))}
    </p>
  );
}
