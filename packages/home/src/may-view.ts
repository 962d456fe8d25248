/** The roster's part of the one gate: may this device see this camera now. Pure; the relay adds what only it knows. */
import type { CameraId, DeviceId, ErrorCode } from '@sealcam/protocol';
import type { RosterEntry } from './roster.ts';
import { member, type Head } from './verify-roster.ts';

export type MayView =
  | { readonly may: true }
  | {
      readonly may: false;
      readonly code: Extract<ErrorCode, 'device.unknown' | 'device.expired' | 'device.role' | 'camera.not-granted'>;
    };

/** @param nowMs Unix milliseconds; a guest's time ends at `notAfterMs` exactly */
export function mayView(head: Head, device: DeviceId, camera: CameraId, nowMs: number): MayView {
  const entry = member(head, device);
  if (entry === undefined) return { may: false, code: 'device.unknown' };
  if (entry.role !== 'admin' && entry.role !== 'viewer') return { may: false, code: 'device.role' };
  if (!isCurrent(entry, nowMs)) return { may: false, code: 'device.expired' };
  return isGranted(entry, camera) ? { may: true } : { may: false, code: 'camera.not-granted' };
}

/** Whether a member's time is not over. */
export function isCurrent(entry: RosterEntry, nowMs: number): boolean {
  return entry.notAfterMs === 0 || nowMs < entry.notAfterMs;
}

/** Whether the grants alone hold this camera. */
export function isGranted(entry: RosterEntry, camera: CameraId): boolean {
  return entry.grants === 'all' || entry.grants.includes(camera);
}

/** Admins and viewers whose time is not over: exactly those a bulletin issued at `atMs` is for, ascending by deviceId. */
export function recipientsAt(head: Head, atMs: number): readonly DeviceId[] {
  return head.roster.entries
    .filter((entry) => (entry.role === 'admin' || entry.role === 'viewer') && isCurrent(entry, atMs))
    .map((entry) => entry.deviceId);
}
