import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { findCamera, plain } from './names.ts';
import { parseIntent } from './parse-intent.ts';
import { answer } from './answer.ts';

const camera = (name: string, room = '') => ({ id: plain(name).replaceAll(' ', '-'), name, room });
const HOME = [
  camera('Front door', 'Hall'),
  camera('Nursery', 'Upstairs'),
  camera('Porch'),
  camera('Garden'),
  camera('Back yard'),
];
const parse = (sentence: string) => parseIntent(sentence, HOME);
const shown = (sentence: string): readonly string[] => {
  const intent = parse(sentence);
  return intent.do === 'show' ? intent.cameras.map(({ name }) => name) : [intent.do];
};

describe('a sentence', () => {
  it.each([
    ['show the front door', ['Front door']],
    ['Show me the nursery!', ['Nursery']],
    ['nursery', ['Nursery']],
    ['please show my back yard camera', ['Back yard']],
    ['show porch and garden', ['Porch', 'Garden']],
    ['can you show the porch with the garden', ['Porch', 'Garden']],
    ['show the nursrey', ['Nursery']],
    ['show the door', ['Front door']],
    ['show upstairs nursery', ['Nursery']],
  ])('"%s" shows what was meant', (sentence, names) => {
    expect(shown(sentence)).toEqual(names);
  });

  it.each([
    ['all cameras', 'all'],
    ['show all cameras', 'all'],
    ['show me everything', 'all'],
    ['next', 'next'],
    ['the next camera', 'next'],
    ['previous', 'previous'],
    ['go back', 'previous'],
    ['stop', 'home'],
    ['home', 'home'],
    ['mute', 'mute'],
    ['unmute', 'unmute'],
    ['turn the sound on', 'unmute'],
    ['help', 'help'],
  ])('"%s" is %s', (sentence, intent) => {
    expect(parse(sentence).do).toBe(intent);
  });

  it('asks for the age and the audience of this picture or of one that is named', () => {
    expect(parse('how old is this picture')).toEqual({ do: 'age', camera: undefined });
    expect(parse('How old is the porch picture?')).toMatchObject({ do: 'age', camera: { name: 'Porch' } });
    expect(parse('who can see this')).toEqual({ do: 'who', camera: undefined });
    expect(parse('Who can see the nursery?')).toMatchObject({ do: 'who', camera: { name: 'Nursery' } });
  });

  it('with an unknown name offers the two nearest and shows nothing', () => {
    const intent = parse('show the gardarobe');
    expect(intent.do).toBe('unknown-name');
    if (intent.do === 'unknown-name') {
      expect(intent.nearest).toHaveLength(2);
      expect(intent.nearest[0]?.name).toBe('Garden');
      expect(
        answer(intent, { cameras: HOME, current: undefined, stateOf: () => undefined, whoSees: () => [], nowMs: 0 }),
      ).toMatch(/Did you mean Garden or /);
    }
  });

  it('never guesses between two cameras of one name', () => {
    const twins = [camera('Door', 'Front'), camera('Door', 'Back')];
    expect(parseIntent('show the door', twins)).toMatchObject({
      do: 'unknown-name',
      nearest: [{ room: 'Front' }, { room: 'Back' }],
    });
    expect(parseIntent('show the back door', twins)).toMatchObject({ do: 'show', cameras: [{ room: 'Back' }] });
  });

  it('finds a camera whose name is also a word of ours, or holds an "and"', () => {
    const odd = [camera('Home'), camera('Cats and dogs')];
    expect(parseIntent('show home', odd)).toMatchObject({ do: 'show', cameras: [{ name: 'Home' }] });
    expect(parseIntent('show cats and dogs', odd)).toMatchObject({ do: 'show', cameras: [{ name: 'Cats and dogs' }] });
  });
});

describe('any sentence and any names', () => {
  const names = fc
    .uniqueArray(fc.string({ minLength: 1, maxLength: 20 }), { minLength: 0, maxLength: 6 })
    .map((all) => all.map((name) => camera(name)));

  it('give an intent that names only cameras of this device, at most four, at most two offered', () => {
    fc.assert(
      fc.property(
        fc.oneof(
          fc.string(),
          fc.string().map((text) => `show ${text}`),
        ),
        names,
        (sentence, cameras) => {
          const intent = parseIntent(sentence, cameras);
          const said = intent.do === 'show' ? intent.cameras : intent.do === 'unknown-name' ? intent.nearest : [];
          expect(said.length).toBeLessThanOrEqual(intent.do === 'show' ? 4 : 2);
          expect(said.every((each) => cameras.includes(each))).toBe(true);
          expect(new Set(said).size).toBe(said.length);
        },
      ),
    );
  });

  it('asked for by its exact name, a camera is found unless another one is spelled the same', () => {
    const word = fc.stringMatching(/^[a-z]{3,12}$/);
    fc.assert(
      fc.property(fc.uniqueArray(word, { minLength: 1, maxLength: 6 }), (all) => {
        const cameras = all.map((name) => camera(name));
        for (const each of cameras) expect(findCamera(each.name, cameras)).toEqual({ found: 'one', camera: each });
      }),
    );
  });
});
