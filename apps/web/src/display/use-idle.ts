/** Back to the board when nobody touched the display for a while. */
import { useEffect } from 'preact/hooks';
import type { DisplayFacts } from './display-settings.tsx';

export function useIdle(
  lastTouch: { current: number },
  facts: { readonly value: DisplayFacts },
  idle: () => void,
): void {
  useEffect(() => {
    const timer = setInterval(() => {
      if (performance.now() - lastTouch.current > facts.value.idleSeconds * 1000) {
        lastTouch.current = performance.now();
        idle();
      }
    }, 1000);
    return () => {
      clearInterval(timer);
    };
  }, []);
}
