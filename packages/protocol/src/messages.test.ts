import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { CodecError } from './bytes.ts';
import { ERRORS, SealcamError } from './errors.ts';
import { FromAgent, FromPairing, FromViewer, parseMessage, ToAgent, ToPairing, ToViewer } from './messages.ts';

const schemas = { FromAgent, FromPairing, FromViewer, ToAgent, ToPairing, ToViewer };
const camera = '0123456789abcdef0123456789abcdef';

describe('control messages', () => {
  it('are known or refused: random JSON and random text give CodecError and nothing else', () => {
    const names = ['auth', 'subscribe', 'bulletin', 'live', 'join', 'open', 'error', 'reply'];
    const likely = fc.record({ t: fc.constantFrom(...names), id: fc.jsonValue(), cameraId: fc.jsonValue() });
    const text = fc.oneof(
      fc.string(),
      fc.json(),
      likely.map((value) => JSON.stringify(value)),
    );
    fc.assert(
      fc.property(fc.constantFrom(...Object.values(schemas)), text, (schema, words) => {
        try {
          expect(parseMessage(schema, words)).toHaveProperty('t');
        } catch (error) {
          expect(error).toBeInstanceOf(CodecError);
        }
      }),
    );
  });

  it('with one field too many, too few or of another kind are refused', () => {
    const good = { t: 'subscribe', id: 1, cameraId: camera, streamId: 0 };
    expect(parseMessage(FromViewer, JSON.stringify(good))).toEqual(good);
    for (const bad of [
      { ...good, extra: 1 },
      { t: 'subscribe', id: 1, cameraId: camera },
      { ...good, cameraId: camera.toUpperCase() },
      { ...good, streamId: 5 },
      { ...good, id: -1 },
      { ...good, t: 'unknown' },
    ]) {
      expect(() => parseMessage(FromViewer, JSON.stringify(bad))).toThrow(CodecError);
    }
  });
});

describe('errors', () => {
  it('have words a person can read and a status', () => {
    for (const [code, { words, status }] of Object.entries(ERRORS)) {
      expect(words, code).toMatch(/^[A-Z].*\.$/);
      expect(status).toBeGreaterThanOrEqual(400);
    }
    const error = new SealcamError('home.offline', 'detail for a log');
    expect([error.code, error.status, error.words]).toEqual(['home.offline', 503, ERRORS['home.offline'].words]);
  });
});
