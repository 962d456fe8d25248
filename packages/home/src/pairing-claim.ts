/**
 * The claim of an agent: pairing by QR (`pairing-qr.ts`) in which D is the agent and A makes the home, or puts the agent in the place
 * of the one it had. The agent's side is `showQr` with kind `agent`.
 */
import { epoch, SealcamError, type Epoch } from '@sealcam/protocol';
import type { DeviceKeys } from './device-keys.ts';
import { buildGenesis, buildNextRoster } from './next-roster.ts';
import { mustBePress } from './pairing-admin.ts';
import type { PairingLink } from './pairing-link.ts';
import { makeOffer, takeHello } from './pairing-qr.ts';
import { PAIRING_MS, pairingStep, unexpected } from './pairing.ts';
import type { AdminHome, PairedDevice, PairingFailed, PairingStep } from './pairing.ts';
import { signRoster } from './sign.ts';
import { agentOf, verifyGenesis, verifyNext, type Head } from './verify-roster.ts';

export interface StartClaim {
  readonly keys: DeviceKeys;
  readonly link: PairingLink;
  readonly homeName: string;
  /** Only to replace the agent of an existing home. */
  readonly home?: AdminHome;
  readonly nowMs: number;
}

export interface ClaimedHome {
  readonly head: Head;
  readonly rosters: readonly Uint8Array[];
  readonly homeName: string;
  readonly agent: PairedDevice;
}

/**
 * `claimed` holds the new home, ready to store; the agent brings its genesis to the relay.
 * With `home` given, `claimed.rosters` ends in the n+1 that A must `roster.put`.
 */
export type Claim =
  | { readonly at: 'waiting'; readonly expiresMs: number; readonly input: StartClaim }
  | {
      readonly at: 'offered';
      readonly claimed: ClaimedHome;
      readonly expiresMs: number;
      readonly transcript: Uint8Array;
    }
  | { readonly at: 'claimed'; readonly claimed: ClaimedHome }
  | PairingFailed;

const NO_EPOCH: Epoch = epoch(0);

/** The beginning of A's side, once it has joined the mailbox of the claim link. */
export function startClaim(input: StartClaim): Claim {
  return { at: 'waiting', expiresMs: input.nowMs + PAIRING_MS, input };
}

/** @param body one `mail` body. Never throws for what is in it. */
export async function claimReceive(state: Claim, body: Uint8Array, nowMs: number): Promise<PairingStep<Claim>> {
  if (state.at === 'claimed' || state.at === 'failed') return { state, send: [] };
  return await pairingStep<Claim>(state, body, nowMs, async (message) => {
    if (state.at === 'waiting' && message?.is === 'hello') {
      const { input, expiresMs } = state;
      const agent = await takeHello(input.link, message);
      if (agent.kind !== 'agent') throw new SealcamError('pair.refused', 'not an agent');
      const { head, rosters } = await homeWith(agent, input);
      const home: AdminHome = { head, rosters, homeName: input.homeName, epoch: input.home?.epoch ?? NO_EPOCH };
      const { send, transcript } = await makeOffer(
        { keys: input.keys, link: input.link, mailboxId: input.link.mailboxId, home },
        agent,
      );
      return {
        state: { at: 'offered', claimed: { head, rosters, homeName: input.homeName, agent }, expiresMs, transcript },
        send,
      };
    }
    if (state.at === 'offered' && message?.is === 'press') {
      await mustBePress(state.claimed.agent, state.transcript, message.signature);
      return { state: { at: 'claimed', claimed: state.claimed }, send: [] };
    }
    throw unexpected(message);
  });
}

async function homeWith(
  agent: PairedDevice,
  { keys, home }: StartClaim,
): Promise<Pick<ClaimedHome, 'head' | 'rosters'>> {
  if (home === undefined) {
    const genesis = await signRoster(keys, await buildGenesis(keys.sigPub, agent.sigPub));
    return { head: await verifyGenesis(genesis), rosters: [genesis] };
  }
  const roster = await buildNextRoster(home.head, keys.deviceId, [
    { do: 'removeDevice', deviceId: agentOf(home.head).deviceId },
    { do: 'addDevice', sigPub: agent.sigPub, role: 'agent', grants: 'all' },
  ]);
  const next = await signRoster(keys, roster);
  return { head: await verifyNext(home.head, next), rosters: [...home.rosters, next] };
}
