/** What a device signs to open a connection (docs/protocol.md, "Who is there"). */
import { Writer } from './bytes.ts';
import { idBytes, type DeviceId, type HomeId } from './ids.ts';

/**
 * `"sealcam/1 auth" ‖ homeId ‖ deviceId ‖ nonce 32 ‖ host`: the host the device dialed is inside, so that a signature given to
 * one relay opens no door at another.
 * @param host as in the HTTP `Host` header, lower case, with the port where one was given
 */
export function authBytes(home: HomeId, device: DeviceId, nonce: Uint8Array, host: string): Uint8Array<ArrayBuffer> {
  return new Writer()
    .label('sealcam/1 auth')
    .bytes(idBytes(home))
    .bytes(idBytes(device))
    .bytes(nonce)
    .text16(host)
    .finish();
}

/** `"sealcam/1 end" ‖ homeId ‖ deviceId`: what the agent signs when its home ends (docs/protocol.md, "The end of a home"). */
export function endBytes(home: HomeId, device: DeviceId): Uint8Array<ArrayBuffer> {
  return new Writer().label('sealcam/1 end').bytes(idBytes(home)).bytes(idBytes(device)).finish();
}
