/** All drills, in the order in which they run. */
import type { Drill } from '../frame/drill.ts';
import { broadcastSwitch } from './broadcast-switch.ts';
import { blamingGuest } from './blaming-guest.ts';
import { cacheDeception } from './cache-deception.ts';
import { heldCommand } from './held-command.ts';
import { keptQueue } from './kept-queue.ts';
import { leftoverReply } from './leftover-reply.ts';
import { mergedFlights } from './merged-flights.ts';
import { oneMailTwoHomes } from './one-mail-two-homes.ts';
import { reconnectStorm } from './reconnect-storm.ts';
import { reusedBuffer } from './reused-buffer.ts';
import { sameDisplay } from './same-display.ts';
import { sameSerial } from './same-serial.ts';
import { sharedCache } from './shared-cache.ts';
import { sharedSessions } from './shared-sessions.ts';
import { soldCamera } from './sold-camera.ts';
import { estimatedExposure } from './estimated-exposure.ts';
import { shortTokens } from './short-tokens.ts';
import { whoLooked } from './who-looked.ts';
import { oldTokens } from './old-tokens.ts';
import { staleGrant } from './stale-grant.ts';
import { strayRoster } from './stray-roster.ts';
import { wildcardTopics } from './wildcard-topics.ts';
import { staleStill } from './stale-still.ts';
import { xiaomi2020 } from './xiaomi-2020/index.ts';
import { lyingTown } from './lying-town.ts';
import { squattingGuest } from './squatting-guest.ts';

export const DRILLS: readonly Drill[] = [
  xiaomi2020,
  staleStill,
  leftoverReply,
  keptQueue,
  reconnectStorm,
  staleGrant,
  reusedBuffer,
  mergedFlights,
  sharedCache,
  cacheDeception,
  sharedSessions,
  sameSerial,
  sameDisplay,
  soldCamera,
  oldTokens,
  oneMailTwoHomes,
  wildcardTopics,
  shortTokens,
  broadcastSwitch,
  estimatedExposure,
  whoLooked,
  strayRoster,
  heldCommand,
  lyingTown,
  squattingGuest,
  blamingGuest,
];
