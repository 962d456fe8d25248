/** The roster's part of the one gate: may this device see this camera now. Pure; the relay adds what only it knows. */
import type { CameraId, DeviceId, ErrorCode } from '@sealcam/protocol';
import type { Head } from './verify-roster.ts';

export type MayView =
  | { readonly may: true }
  | { readonly may: false; readonly code: Extract<ErrorCode, 'device.unknown' | 'device.expired' | 'device.role' | 'camera.not-granted'> };

/** @param nowMs Unix milliseconds; a guest's time ends at `notAfterMs` exactly */
export declare function mayView(head: Head, device: DeviceId, camera: CameraId, nowMs: number): MayView;

/** Admins and viewers whose time is not over: exactly those a bulletin issued at `atMs` is for, ascending by deviceId. */
export declare function recipientsAt(head: Head, atMs: number): readonly DeviceId[];
