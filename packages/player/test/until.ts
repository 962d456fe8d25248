/** Waits for a fact that real WebCrypto brings about, a turn of the event loop at a time; fails instead of hanging. */
const GIVE_UP_MS = 20_000;

export async function until(what: string, holds: () => boolean): Promise<void> {
  const started = performance.now();
  while (!holds()) {
    if (performance.now() - started > GIVE_UP_MS) throw new Error(`never came: ${what}`);
    await new Promise((resolve) => setImmediate(resolve));
  }
}
