/** The app's frame: places, what is wrong with the connection if anything is, and the page of the place. */
import type { Alarm } from '@sealcam/player/viewer';
import { ERRORS } from '@sealcam/protocol';
import { Camera, History, LayoutGrid, MonitorSmartphone, Settings } from 'lucide-preact';
import type { JSX } from 'preact';
import { isMember, type Home } from '../home/home.ts';
import { versionCode } from '../home/fresh-page.ts';
import { Note } from '../parts/note.tsx';
import { VersionWords } from '../parts/version-note.tsx';
import { currentRoute, formatRoute, go, type Route } from '../router.ts';
import { clockTime } from '../words/ages.ts';
import { AgentBehind } from './agent-behind.tsx';
import { freshHome } from './first-run.ts';
import { Notices } from './notices.tsx';
import { useOwnName } from './own-name.ts';
import { TwoLists } from './two-lists.tsx';
import { Activity } from './pages/activity.tsx';
import { AddCamera } from './pages/add-camera.tsx';
import { CameraPage } from './pages/camera.tsx';
import { Cameras } from './pages/cameras.tsx';
import { DevicePage } from './pages/device.tsx';
import { Devices } from './pages/devices.tsx';
import { Pair } from './pages/pair.tsx';
import { Pictures } from './pages/pictures.tsx';
import { SettingsPage } from './pages/settings.tsx';
import { Sheet } from './pages/sheet.tsx';
import { Single } from './pages/single.tsx';
import { Who } from './pages/who.tsx';

const PLACES = [
  { route: { at: 'pictures' }, name: 'Pictures', Icon: LayoutGrid, of: ['pictures', 'picture', 'who'] },
  { route: { at: 'cameras' }, name: 'Cameras', Icon: Camera, of: ['cameras', 'camera', 'add-camera'] },
  { route: { at: 'devices' }, name: 'Devices', Icon: MonitorSmartphone, of: ['devices', 'device', 'pair', 'link'] },
  { route: { at: 'activity' }, name: 'Activity', Icon: History, of: ['activity'] },
  { route: { at: 'settings' }, name: 'Settings', Icon: Settings, of: ['settings', 'sheet'] },
] as const;

export function Frame({ home, onLeave }: { readonly home: Home; readonly onLeave: () => void }): JSX.Element {
  const route = currentRoute.value;
  useOwnName(home);
  if (freshHome.value) return <Sheet first home={home} onDone={() => (freshHome.value = false)} />;
  return (
    <div class="frame">
      <div>
        <Banner home={home} onLeave={onLeave} />
        <AgentBehind home={home} />
        <Notices home={home} />
        <Place route={route} home={home} onLeave={onLeave} />
      </div>
      <nav class="places" aria-label="Places">
        <p class="home-name">
          <img src="/icons/icon.svg" width="32" height="32" alt="" />
          <span>{home.name.value || 'Sealcam'}</span>
        </p>
        <ul>
          {PLACES.map(({ route: to, name, Icon, of }) => (
            <li key={name}>
              <a
                href={formatRoute(to)}
                aria-current={(of as readonly string[]).includes(route.at) ? 'page' : undefined}
              >
                <Icon size={22} aria-hidden />
                {name}
              </a>
            </li>
          ))}
        </ul>
      </nav>
    </div>
  );
}

function Place({
  route,
  home,
  onLeave,
}: {
  readonly route: Route;
  readonly home: Home;
  readonly onLeave: () => void;
}): JSX.Element {
  switch (route.at) {
    case 'pictures':
      return <Pictures home={home} />;
    case 'picture':
      return <Single key="single" home={home} id={route.id} />;
    case 'who':
      return <Who home={home} id={route.id} />;
    case 'cameras':
      return <Cameras home={home} />;
    case 'add-camera':
      return <AddCamera home={home} />;
    case 'camera':
      return <CameraPage key={route.id} home={home} id={route.id} />;
    case 'devices':
      return <Devices home={home} />;
    case 'device':
      return <DevicePage key={route.id} home={home} id={route.id} />;
    case 'pair':
      return <Pair home={home} link={undefined} />;
    case 'link':
      return route.kind === 'pair' ? (
        <Pair key={route.value} home={home} link={route.value} />
      ) : (
        <ClaimedAlready home={home} />
      );
    case 'activity':
      return <Activity home={home} />;
    case 'settings':
      return <SettingsPage home={home} onLeave={onLeave} />;
    case 'sheet':
      return (
        <Sheet
          home={home}
          onDone={() => {
            go({ at: 'settings' });
          }}
        />
      );
  }
}

function ClaimedAlready({ home }: { readonly home: Home }): JSX.Element {
  return (
    <main class="page narrow">
      <h1>This browser belongs to {home.name.value || 'a home'} already</h1>
      <p>A claim link makes a new home. Open it in another browser, or leave this home first, in Settings.</p>
      <a class="button primary" href="#/settings">
        Open settings
      </a>
    </main>
  );
}

/** One thing at most: the gravest. */
function Banner({ home, onLeave }: { readonly home: Home; readonly onLeave: () => void }): JSX.Element | null {
  const connection = home.connection.value;
  const agent = home.agent.value;
  const now = home.now.value;
  const alarm = gravest(home.alarms.value);
  if (connection.state === 'offline' && (connection.final || !isMember(home))) {
    return (
      <Strip tone="danger">
        <p>
          {connection.code === undefined ? 'This device was removed from the home.' : ERRORS[connection.code].words}
        </p>
        <button class="button" onClick={onLeave}>
          Start again on this device
        </button>
      </Strip>
    );
  }
  if (alarm !== undefined) {
    return (
      <Strip tone={alarm.kind === 'recovery' ? 'warning' : 'danger'}>
        <p>
          {alarm.kind === 'recovery'
            ? 'The recovery sheet of this home was used in the last 7 days. If that was not you, look at Devices now.'
            : ERRORS[`roster.${alarm.kind}`].words}
        </p>
        {alarm.kind === 'forked' && <TwoLists home={home} alarm={alarm} />}
        {alarm.kind === 'elsewhere' && (
          <>
            <p>
              The household code here is {home.facts.value.code.join(' ')}. Compare it with another admin’s, on Devices.
              If it is another one there, start again on this device and let that admin pair it.
            </p>
            <button class="button" onClick={onLeave}>
              Start again on this device
            </button>
          </>
        )}
        {alarm.kind === 'rollback' && home.isAdmin.value && (
          <button
            class="button"
            onClick={() => {
              home.client.dismiss('rollback');
            }}
          >
            I have looked
          </button>
        )}
      </Strip>
    );
  }
  const version = connection.state === 'offline' ? versionCode(connection.code) : undefined;
  if (version !== undefined) {
    return (
      <Strip tone="danger">
        <VersionWords code={version} />
      </Strip>
    );
  }
  if (connection.state === 'offline') {
    return (
      <Strip tone="warning">
        <p>
          Not connected since {clockTime(connection.sinceMs, now)}.{' '}
          {connection.code === 'home.unknown'
            ? 'The relay has not let this home in: what Sealcam’s terminal at home says is why.'
            : 'Sealcam tries again by itself.'}
        </p>
      </Strip>
    );
  }
  if (connection.state === 'online' && agent?.online === false) {
    return (
      <Strip tone="warning">
        <p>
          Your home is not connected
          {agent.sinceMs === 0 ? '' : ` since ${clockTime(agent.sinceMs, now)}`}.{' '}
          {agent.code === undefined ? 'Check that the computer with Sealcam is on.' : ERRORS[agent.code].words}
        </p>
      </Strip>
    );
  }
  return null;
}

const GRAVEST = ['elsewhere', 'forked', 'rollback', 'recovery'] as const;

function gravest(alarms: readonly Alarm[]): Alarm | undefined {
  return alarms.toSorted((a, b) => GRAVEST.indexOf(a.kind) - GRAVEST.indexOf(b.kind))[0];
}

function Strip({
  tone,
  children,
}: {
  readonly tone: 'warning' | 'danger';
  readonly children: JSX.Element | readonly (JSX.Element | false)[];
}): JSX.Element {
  return (
    <div class="strip">
      <Note tone={tone}>{children as JSX.Element}</Note>
    </div>
  );
}
