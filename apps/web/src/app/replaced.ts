/** Devices that were paired again since their browser lost its keys: the old entry is of no use any more. Pure. */

/** Of a member, what tells whether it is another once more. */
export interface Device {
  readonly id: string;
  readonly name: string;
  readonly kind: string;
  readonly isMe: boolean;
}

/** When a device was shown something, as far as the record goes back that was asked for. Unix milliseconds. */
export interface Seen {
  readonly firstMs: number;
  readonly lastMs: number;
}

export interface Replaced<D extends Device> {
  readonly old: D;
  readonly by: D;
}

/** Who was shown something so lately may be watching still. */
const QUIET_MS = 2 * 60_000;

/**
 * Same name and kind, let in later, and the old one silent since. That it is the same device is for a person to say.
 * @param joined the roster version that let each device in
 */
export function replacedDevices<D extends Device>(
  members: readonly D[],
  joined: ReadonlyMap<string, number>,
  seen: ReadonlyMap<string, Seen>,
  nowMs: number,
): readonly Replaced<D>[] {
  return members.flatMap((old) => {
    const by = members
      .filter((other) => isSameKind(old, other) && (joined.get(other.id) ?? 0) > (joined.get(old.id) ?? Infinity))
      .toSorted((a, b) => (joined.get(b.id) ?? 0) - (joined.get(a.id) ?? 0))[0];
    return by === undefined || old.isMe || !isSilent(seen.get(old.id), seen.get(by.id), nowMs) ? [] : [{ old, by }];
  });
}

function isSameKind(a: Device, b: Device): boolean {
  return a.kind === b.kind && a.name.trim().toLowerCase() === b.name.trim().toLowerCase();
}

function isSilent(old: Seen | undefined, by: Seen | undefined, nowMs: number): boolean {
  if (old === undefined) return true;
  return old.lastMs <= (by?.firstMs ?? nowMs - QUIET_MS);
}
