import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { SayAgain } from './say-again.ts';

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

describe('keys that the relay did not take', () => {
  it('are said again until it takes them, the waits growing, and then all is well', () => {
    const events: string[] = [];
    let refusals = 3;
    const again = new SayAgain({
      say: () => {
        events.push('said');
        refusals -= 1;
        if (refusals > 0) again.refused();
      },
      taken: () => void events.push('taken'),
    });
    again.refused();
    vi.advanceTimersByTime(5_000 + 10_000);
    expect(events).toEqual(['said', 'said']);
    vi.advanceTimersByTime(20_000);
    expect(events).toEqual(['said', 'said', 'said']);
    vi.advanceTimersByTime(5_000);
    expect(events).toEqual(['said', 'said', 'said', 'taken']);
    vi.advanceTimersByTime(3_600_000);
    expect(events).toHaveLength(4);
  });

  it('are not said again once there are newer ones', () => {
    const say = vi.fn();
    const again = new SayAgain({ say, taken: say });
    again.refused();
    again.stop();
    vi.advanceTimersByTime(3_600_000);
    expect(say).not.toHaveBeenCalled();
  });
});
