/** The head of the board: time and date, and what the whole house should know. */
import { ERRORS } from '@sealcam/protocol';
import type { JSX } from 'preact';
import type { Home } from '../home/home.ts';
import { versionCode } from '../home/fresh-page.ts';
import { Note } from '../parts/note.tsx';
import { VersionWords } from '../parts/version-note.tsx';

export function Clock({ home }: { readonly home: Home }): JSX.Element {
  const now = new Date(home.now.value);
  const connection = home.connection.value;
  const version = connection.state === 'offline' ? versionCode(connection.code) : undefined;
  const alarm = home.alarms.value[0];
  return (
    <>
      <time class="clock" dateTime={now.toISOString()}>
        {new Intl.DateTimeFormat(undefined, { hour: '2-digit', minute: '2-digit' }).format(now)}
      </time>
      <div class="date">
        {new Intl.DateTimeFormat(undefined, { weekday: 'long', day: 'numeric', month: 'long' }).format(now)}
        {connection.state === 'offline' && version === undefined && (
          <div class="small">Not connected. It comes back by itself.</div>
        )}
        {version !== undefined && (
          <Note tone="warning">
            <VersionWords code={version} />
          </Note>
        )}
        {connection.state === 'online' && home.agent.value?.online === false && (
          <div class="small">{agentWords(home)}</div>
        )}
        {alarm !== undefined && (
          <Note tone="warning">
            <p>
              {alarm.kind === 'recovery'
                ? 'The recovery sheet was used in the last 7 days.'
                : ERRORS[`roster.${alarm.kind}`].words}
            </p>
          </Note>
        )}
      </div>
    </>
  );
}

function agentWords(home: Home): string {
  const code = home.agent.value?.code;
  return code === undefined ? 'Your home is not connected.' : ERRORS[code].words;
}
