/** WebCrypto with a tap on what it decrypts: a picture that was opened is seen here, whatever becomes of it. */

/** @param opened sees every plain text that a decryption gave */
export function watchedSubtle(opened: (plain: Uint8Array) => void): SubtleCrypto {
  const { subtle } = globalThis.crypto;
  const decrypt: SubtleCrypto['decrypt'] = async (...given) => {
    const plain = await subtle.decrypt(...given);
    opened(new Uint8Array(plain));
    return plain;
  };
  return new Proxy(subtle, {
    get: (target, name) => {
      if (name === 'decrypt') return decrypt;
      const value: unknown = Reflect.get(target, name, target);
      return typeof value === 'function' ? (value.bind(target) as unknown) : value;
    },
  });
}
