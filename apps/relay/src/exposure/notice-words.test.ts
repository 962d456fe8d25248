import { homeId, type HomeId } from '@sealcam/protocol';
import { describe, expect, it } from 'vitest';
import { noticeText } from './notice-words.ts';
import type { HomeShare } from './report.ts';

const HOME: HomeId = homeId('0'.repeat(32));
const QUESTION = { fromMs: 1, toMs: 2, of: { pair: { cameraModel: 'mijia', displayModel: 'hub' } } };

function seen(share: Partial<HomeShare> & Pick<HomeShare, 'side'>): string {
  const whole = { homeId: HOME, others: 1, delivered: 0, shown: 0, refused: 0, claimed: 0, ...share };
  return noticeText({ homeId: HOME, kind: 'was', shares: [whole] }, QUESTION, {}).seen;
}

describe('what a notice says was seen', () => {
  it('is nothing where every frame was refused', () => {
    expect(seen({ side: 'gave', delivered: 12, refused: 12 })).toBe(
      '12 pictures of your cameras were sent, sealed, to one display of another home. The display refused all of them and showed nothing of them. We have no record that anyone saw them.',
    );
    expect(seen({ side: 'got', claimed: 1 })).toBe(
      'A display of yours was sent one picture of another home instead of what it had asked for. It refused it and showed nothing of it.',
    );
  });

  it('is not said to be nothing where a display painted one', () => {
    const text = seen({ side: 'gave', others: 2, delivered: 10, refused: 6, shown: 3 });
    expect(text).toContain('3 pictures were shown there.');
    expect(text).toContain('Of one picture no word came back');
    expect(text).not.toContain('no record');
  });

  it('names no home, and both models', () => {
    const text = noticeText({ homeId: HOME, kind: 'could-have-been', shares: [] }, QUESTION, {});
    expect(JSON.stringify(text)).not.toContain(HOME);
    expect(text.happened).toContain('mijia');
    expect(text.happened).toContain('hub');
  });

  it('takes the operator’s sentences for the rest, never for this', () => {
    const words = { happened: 'A', did: 'B', todo: 'C' };
    const text = noticeText({ homeId: HOME, kind: 'not-affected', shares: [] }, QUESTION, words);
    expect(text).toMatchObject(words);
    expect(text.seen).toContain('Nobody else saw a picture of your home');
  });
});
