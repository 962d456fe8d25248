/** What this browser lacks to open and draw a sealed picture. */
export type MissingFeature = 'secure-context' | 'webcrypto' | 'webcodecs' | 'indexeddb' | 'websocket';
/** Empty: all is there. In the order in which a person should hear of them. */
export declare function missingInBrowser(): MissingFeature[];
