/** Waits for a fact that real WebCrypto brings about, a turn of the event loop at a time; fails instead of hanging. */
export async function until(what: string, holds: () => boolean, turns = 20_000): Promise<void> {
  for (let turn = 0; turn < turns; turn += 1) {
    if (holds()) return;
    await new Promise((resolve) => setImmediate(resolve));
  }
  throw new Error(`never came: ${what}`);
}
