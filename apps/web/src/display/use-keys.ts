/** The keys of the display, for a keyboard or a remote control; none while somebody types or a dialog is open. */
import { useEffect, useRef } from 'preact/hooks';

export function useKeys(keys: Readonly<Record<string, () => void>>): void {
  const latest = useRef(keys);
  latest.current = keys;
  useEffect(() => {
    const down = (event: KeyboardEvent): void => {
      const typing = event.target instanceof HTMLInputElement || document.querySelector('dialog[open]') !== null;
      if (typing || event.ctrlKey || event.metaKey || event.altKey) return;
      const act = latest.current[event.key];
      if (act === undefined) return;
      event.preventDefault();
      act();
    };
    addEventListener('keydown', down);
    return () => {
      removeEventListener('keydown', down);
    };
  }, []);
}
