/** Tap, swipe and long press on one element: what a finger on the wall does. */

export interface Gestures {
  readonly tap?: () => void;
  readonly swipe?: (direction: 'left' | 'right' | 'down') => void;
  readonly hold?: () => void;
}

const HOLD_MS = 550;
const MOVE_PX = 48;
const STILL_PX = 12;

/** Handlers for `onPointer…` props. Keys stay with the element's own buttons. */
export function gestureProps(gestures: Gestures): {
  onPointerDown: (event: PointerEvent) => void;
  onPointerMove: (event: PointerEvent) => void;
  onPointerUp: (event: PointerEvent) => void;
  onPointerCancel: () => void;
  onContextMenu: (event: Event) => void;
} {
  let from: { x: number; y: number } | undefined;
  let timer: ReturnType<typeof setTimeout> | undefined;
  const cancel = (): void => {
    from = undefined;
    clearTimeout(timer);
  };
  return {
    onPointerDown: (event) => {
      if (event.button !== 0) return;
      from = { x: event.clientX, y: event.clientY };
      clearTimeout(timer);
      timer = setTimeout(() => {
        if (from === undefined) return;
        from = undefined;
        gestures.hold?.();
      }, HOLD_MS);
    },
    onPointerMove: (event) => {
      if (from !== undefined && Math.hypot(event.clientX - from.x, event.clientY - from.y) > STILL_PX)
        clearTimeout(timer);
    },
    onPointerUp: (event) => {
      clearTimeout(timer);
      if (from === undefined) return;
      const dx = event.clientX - from.x;
      const dy = event.clientY - from.y;
      from = undefined;
      if (Math.hypot(dx, dy) <= STILL_PX) gestures.tap?.();
      else if (Math.abs(dx) > MOVE_PX && Math.abs(dx) > Math.abs(dy)) gestures.swipe?.(dx < 0 ? 'left' : 'right');
      else if (dy > MOVE_PX && dy > Math.abs(dx)) gestures.swipe?.('down');
    },
    onPointerCancel: cancel,
    onContextMenu: (event) => {
      event.preventDefault();
    },
  };
}
