/** The key ids of a new epoch, for its bulletin: the relay carries nothing under a key id that was not announced by then. */
import type { AnnouncedKey, CameraSecret } from '@sealcam/home';
import { STREAM, type Epoch, type HomeId, type StreamId } from '@sealcam/protocol';
import { deriveSealKeyId } from '@sealcam/seal';
import { NODE_SUITE } from './node-aead.ts';

/** All five, whatever the camera is known to have: sound or a second stream may first be seen in the middle of an epoch. */
const STREAMS: readonly StreamId[] = Object.values(STREAM);

/** Of every stream of these cameras. @param cameras with their secrets of this epoch */
export function announcedKeys(homeId: HomeId, epoch: Epoch, cameras: readonly CameraSecret[]): readonly AnnouncedKey[] {
  return cameras.flatMap(({ cameraId, sessionId, secret }) =>
    STREAMS.map((streamId) => {
      const context = { homeId, cameraId, streamId, epoch, sessionId };
      return { cameraId, streamId, kid: deriveSealKeyId(context, secret, NODE_SUITE.hkdf) };
    }),
  );
}
