/**
 * What a camera or a display says it is, and by which way its pictures leave: declared by the home, told by its agent, compared as
 * text. Two makers never agree on spelling, so the text is folded once, here, for everyone who compares it.
 */
import { CodecError } from './bytes.ts';

/** A model is at most this many characters (UTF-16 units, as `String.length` counts). */
export const MODEL_CHARS = 64;
export const ROUTE_CHARS = 32;

/** The route of the home's own devices. Any other is the name of a partner. */
export const SEALED_ROUTE = 'sealed';

/** Not declared. Never part of a pair. */
export const NO_MODEL = '';

/** @param text as somebody typed it. @returns lower case, single blanks, no control characters, cut to `MODEL_CHARS`; '' for nothing */
export function normalModel(text: string): string {
  const plain = text
    .toLowerCase()
    .normalize('NFC')
    .replace(/[\s\p{C}]+/gu, ' ');
  // The cut may have left half a character.
  const cut = plain
    .trim()
    .slice(0, MODEL_CHARS)
    .replace(/\p{Cs}/gu, '');
  return cut.trim();
}

/** @throws {CodecError} unless the text is what `normalModel` returns */
export function model(text: string): string {
  if (text !== normalModel(text)) throw new CodecError('not a model');
  return text;
}

/** 'sealed', or a partner's name: lower-case letters, digits and hyphens. @throws {CodecError} */
export function route(text: string): string {
  if (text.length > ROUTE_CHARS || !/^[a-z0-9]+(?:-[a-z0-9]+)*$/.test(text)) throw new CodecError('not a route');
  return text;
}
