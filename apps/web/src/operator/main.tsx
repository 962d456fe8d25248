/** The page of those who run a relay: health in counts, incidents, suspensions. Never a picture, a name or an address of a home. */
import { render } from 'preact';
import type { JSX } from 'preact';
import { useEffect } from 'preact/hooks';
import type { OperatorMe } from '@sealcam/protocol';
import { ask, me, Refused } from './api.ts';
import { Desk } from './desk.tsx';
import { joinCode, startPlaces } from './place.ts';
import { Join, SignIn, Unreachable } from './sign-in.tsx';
import { useAct } from './use-asked.tsx';

function Page(): JSX.Element | null {
  const act = useAct();
  const look = (): Promise<boolean> =>
    act.run(async () => {
      try {
        me.value = await ask<OperatorMe>('me');
      } catch (error) {
        if (!(error instanceof Refused) || error.code !== 'operator.signed-out') throw error;
      }
    });
  useEffect(() => void look(), []);
  if (joinCode.value !== undefined) return <Join code={joinCode.value} onIn={look} />;
  if (act.failed.value !== undefined && me.value === undefined)
    return <Unreachable words={act.failed.value} again={() => void look()} />;
  if (me.value === undefined) return null;
  return me.value === null ? <SignIn onIn={look} /> : <Desk me={me.value} />;
}

const root = document.getElementById('root');
if (root !== null) {
  root.textContent = '';
  startPlaces();
  render(<Page />, root);
}
