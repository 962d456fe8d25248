/** Homes that live on a relay of a test, as raw sockets, and what their displays sign. */
import { randomBytes } from 'node:crypto';
import { signReport, signSealedAnswer, type DeviceKeys, type WasSealed } from '@sealcam/home';
import { keyId, millis, toBase64Url, type CameraId, type KeyId } from '@sealcam/protocol';
import type { Incident, Relay } from '../src/index.ts';
import type { SuspensionTarget } from '../src/suspensions/suspension.ts';
import { House, nextId, sealedUnit, watch, type Lab, type Peer } from './house.ts';

export interface Living {
  readonly house: House;
  readonly agent: Peer;
  readonly camera: CameraId;
  readonly admin: Peer;
  readonly display: Peer;
  readonly keys: DeviceKeys;
  readonly kid: KeyId;
}

/** A home with an admin and a display, both watching its camera. */
export async function living(lab: Lab, relay: Relay): Promise<Living> {
  const house = await House.build(lab, relay);
  const { agent, camera } = await house.ready();
  const admin = await house.viewer();
  const keys = await house.addViewer(admin, 'all');
  const display = await house.viewer(keys);
  for (const peer of [admin, display]) await watch(peer, agent, camera);
  const kid = house.kid(camera);
  await send(house, agent, camera, kid, 0, [admin, display]);
  return { house, agent, camera, admin, display, keys, kid };
}

export async function send(
  house: House,
  agent: Peer,
  camera: CameraId,
  kid: KeyId,
  ctr: number,
  to: Peer[],
): Promise<void> {
  agent.unit(house.envelope(camera, 0, sealedUnit(kid, ctr, 0)));
  for (const peer of to) await peer.takeUnits(1);
}

let seq = 0;
/** A report as this display signs it, true or not. */
export async function report(
  of: Living,
  kid: string,
  ctr = 0,
  reason: 'foreign' | 'unknown' | 'replayed' = 'foreign',
  camera = of.camera,
): Promise<object> {
  seq += 1;
  const signed = await signReport(of.keys, {
    homeId: of.house.id,
    deviceId: of.keys.deviceId,
    seq,
    timeMs: millis(Date.now()),
    cameraId: camera,
    streamId: 0,
    reason,
    kid,
    ctr,
    frameHash: new Uint8Array(randomBytes(32)),
  });
  return { t: 'report', report: toBase64Url(signed) };
}

/** The next question to this home's agent, whether it sealed a frame, answered. */
export async function answered(house: House, agent: Peer, answer: WasSealed): Promise<void> {
  const { id, kid, ctr } = await agent.take('sealed.ask');
  const about = { homeId: house.id, kid: keyId(String(kid)), ctr: Number(ctr), answer, timeMs: millis(Date.now()) };
  agent.send({ t: 'sealed.answer', id, answer: toBase64Url(await signSealedAnswer(house.agentKeys, about)) });
}

/** The relay has worked off all that this peer sent. */
export async function worked(peer: Peer): Promise<void> {
  await peer.ask({ t: 'roster.get', id: nextId(), from: 1 });
}

export function nextIncident(relay: Relay): Promise<Incident> {
  return new Promise((resolve) => {
    const stop = relay.incidents.onIncident((incident) => {
      stop();
      resolve(incident);
    });
  });
}

export async function targets(relay: Relay): Promise<readonly SuspensionTarget[]> {
  // What was noticed is followed before this answers.
  await relay.incidents.list({ limit: 1 });
  return (await relay.suspensions.active()).map(({ target }) => target);
}
