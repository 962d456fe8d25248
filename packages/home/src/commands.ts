/** What a device may ask its agent to do, and which role that takes. A binary codec: nothing that is signed is JSON. */
import type { CameraId, DeviceId } from '@sealcam/protocol';
import type { MemberKind } from './names.ts';
import type { Role } from './roster.ts';

export type Transport = 'auto' | 'tcp' | 'udp';

export type Command =
  /** Streams `step` replies, then `still` or `failed`. */
  | { readonly do: 'camera.try'; readonly url: string; readonly user: string; readonly password: string; readonly transport: Transport }
  /** `port` 0: the brand's own. `channel`: the camera's number on a recorder, from 1. */
  | {
      readonly do: 'camera.tryBrand';
      readonly brand: string;
      readonly host: string;
      readonly port: number;
      readonly channel: number;
      readonly user: string;
      readonly password: string;
    }
  /** Saves what a try found; answered by `added`. */
  | { readonly do: 'camera.add'; readonly tryId: string; readonly name: string; readonly room: string }
  | { readonly do: 'camera.update'; readonly cameraId: CameraId; readonly name: string; readonly room: string }
  /** The whole grid in its new order. */
  | { readonly do: 'camera.order'; readonly cameraIds: readonly CameraId[] }
  | { readonly do: 'camera.privacy'; readonly cameraId: CameraId; readonly on: boolean }
  | { readonly do: 'camera.remove'; readonly cameraId: CameraId }
  /** Try again now instead of after the back-off. */
  | { readonly do: 'camera.reconnect'; readonly cameraId: CameraId }
  | { readonly do: 'home.rename'; readonly name: string }
  | { readonly do: 'member.rename'; readonly deviceId: DeviceId; readonly name: string; readonly kind: MemberKind }
  /** Answered by `status`. */
  | { readonly do: 'agent.status' }
  /** Any member may hand on a longer valid chain. */
  | { readonly do: 'roster.offer'; readonly rosters: readonly Uint8Array[] }
  /** A next roster signed with the recovery sheet; `waiting` until somebody confirms at the agent, then `ok`. */
  | { readonly do: 'recovery.propose'; readonly roster: Uint8Array };

/** Roles that may ask for it; the agent checks them against its head. */
export declare function rolesFor(command: Command): readonly Role[];
export declare function encodeCommand(command: Command): Uint8Array<ArrayBuffer>;
/** @throws {CodecError} */
export declare function decodeCommand(bytes: Uint8Array): Command;
