/** What this browser lacks to open and draw a sealed picture. There is no slow or plain way around any of it. */
export type MissingFeature = 'secure-context' | 'webcrypto' | 'webcodecs' | 'indexeddb' | 'websocket';

const NEEDED: readonly (readonly [feature: MissingFeature, there: () => boolean])[] = [
  // First: over plain http the browser hides the next two, and https is then the thing to try, not another browser.
  ['secure-context', () => globalThis.isSecureContext],
  ['webcrypto', () => 'crypto' in globalThis && 'subtle' in globalThis.crypto],
  ['webcodecs', () => 'VideoDecoder' in globalThis && 'EncodedVideoChunk' in globalThis],
  ['indexeddb', () => 'indexedDB' in globalThis],
  ['websocket', () => 'WebSocket' in globalThis],
];

/** Empty: all is there. In the order in which a person should hear of them. */
export function missingInBrowser(): MissingFeature[] {
  return NEEDED.filter(([, there]) => !there()).map(([feature]) => feature);
}
