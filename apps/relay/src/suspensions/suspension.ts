/**
 * A suspension: whose pictures the operator has stopped, how widely, why, and who said so. Values and pure rules; the gate reads
 * them from the store, nobody else decides by them.
 */
import {
  cameraId,
  CodecError,
  deviceId,
  homeId,
  model,
  NO_MODEL,
  route,
  SEALED_ROUTE,
  SealcamError,
  type CameraId,
  type DeviceId,
  type ErrorCode,
  type HomeId,
} from '@sealcam/protocol';

/** Widest first: what a viewer is told when several apply. */
export const WIDTHS = ['everything', 'partner', 'pair', 'display', 'link'] as const;
export type SuspensionWidth = (typeof WIDTHS)[number];

export type SuspensionTarget =
  /** One camera on one device of a home. */
  | { readonly width: 'link'; readonly homeId: HomeId; readonly deviceId: DeviceId; readonly cameraId: CameraId }
  | { readonly width: 'display'; readonly homeId: HomeId; readonly deviceId: DeviceId }
  /** Every camera of one model on every display of another, in all homes. Both as `normalModel` has them, neither empty. */
  | { readonly width: 'pair'; readonly cameraModel: string; readonly displayModel: string }
  /** Every display that came by a partner, in all homes. */
  | { readonly width: 'partner'; readonly partner: string }
  | { readonly width: 'everything' };

export type SuspensionCause = 'operator' | 'policy';

export interface Suspension {
  /** 32 hex digits, random. */
  readonly id: string;
  readonly target: SuspensionTarget;
  readonly cause: SuspensionCause;
  /** A person's name, or the rule of the policy. */
  readonly by: string;
  readonly reason: string;
  readonly incidentId?: string;
  /** Unix ms of the decision. */
  readonly atMs: number;
  readonly lifted?: { readonly atMs: number; readonly by: string; readonly reason: string };
}

/** What the home declared of the two ends of a viewing: facts of the store, carried with the gate's answer. */
export interface Declared {
  readonly cameraModel: string;
  readonly displayModel: string;
  readonly route: string;
  /** An admin's own device: goes on at the widths that name no home. */
  readonly own: boolean;
}

/** What one viewing is, as far as a suspension can name it. */
export interface Suspendable extends Declared {
  readonly homeId: HomeId;
  readonly deviceId: DeviceId;
  readonly cameraId: CameraId;
}

/** An active suspension that names a viewing, as the gate reads it. */
export interface Suspended {
  readonly width: SuspensionWidth;
  readonly sinceMs: number;
}

const CODES = {
  link: 'suspended.link',
  display: 'suspended.display',
  pair: 'suspended.pair',
  partner: 'suspended.partner',
  everything: 'suspended.everything',
} as const satisfies Record<SuspensionWidth, ErrorCode>;

/** The code that a viewer is told. */
export function suspendedCode(width: SuspensionWidth): ErrorCode {
  return CODES[width];
}

export function isSuspendedCode(code: ErrorCode): boolean {
  return code.startsWith('suspended.');
}

/** Widths at which a home's admins keep their own devices: they name a kind of display, not this one. */
export function sparesOwn(width: SuspensionWidth): boolean {
  return width === 'pair' || width === 'partner' || width === 'everything';
}

/** Whether a suspension of this target stops that viewing. The rule of the gate's statement, over values. */
export function stops(target: SuspensionTarget, viewing: Suspendable): boolean {
  if (viewing.own && sparesOwn(target.width)) return false;
  switch (target.width) {
    case 'everything':
      return true;
    case 'partner':
      return viewing.route === target.partner;
    case 'pair':
      return viewing.cameraModel === target.cameraModel && viewing.displayModel === target.displayModel;
    case 'display':
      return viewing.homeId === target.homeId && viewing.deviceId === target.deviceId;
    case 'link':
      return (
        viewing.homeId === target.homeId && viewing.deviceId === target.deviceId && viewing.cameraId === target.cameraId
      );
  }
}

/** Of several that name a viewing, the widest that stops it: it is the one that the viewer is told. */
export function widest(suspended: readonly Suspended[], own: boolean): Suspended | undefined {
  const stopping = suspended.filter(({ width }) => !(own && sparesOwn(width)));
  return stopping.toSorted((a, b) => WIDTHS.indexOf(a.width) - WIDTHS.indexOf(b.width))[0];
}

/** One text a target: two suspensions of the same target are the same one while it is active. */
export function targetKey(target: SuspensionTarget): string {
  switch (target.width) {
    case 'everything':
      return 'everything';
    case 'partner':
      return `partner/${target.partner}`;
    case 'pair':
      return `pair/${target.cameraModel}\n${target.displayModel}`;
    case 'display':
      return `display/${target.homeId}/${target.deviceId}`;
    case 'link':
      return `link/${target.homeId}/${target.deviceId}/${target.cameraId}`;
  }
}

/**
 * A target as somebody gave it: ids and names checked, models required.
 * @throws {SealcamError} `command.invalid`
 */
export function checkedTarget(target: SuspensionTarget): SuspensionTarget {
  try {
    return checked(target);
  } catch (error) {
    if (error instanceof CodecError) throw new SealcamError('command.invalid', error.message, { cause: error });
    throw error;
  }
}

function checked(target: SuspensionTarget): SuspensionTarget {
  const { width } = target;
  switch (width) {
    case 'everything':
      return { width };
    case 'partner': {
      const partner = route(target.partner);
      if (partner === SEALED_ROUTE) throw new CodecError('the own devices of a home are no partner');
      return { width, partner };
    }
    case 'pair': {
      const pair = { width, cameraModel: model(target.cameraModel), displayModel: model(target.displayModel) } as const;
      if (pair.cameraModel === NO_MODEL || pair.displayModel === NO_MODEL) throw new CodecError('a model is missing');
      return pair;
    }
    case 'display':
      return { width, homeId: homeId(target.homeId), deviceId: deviceId(target.deviceId) };
    case 'link':
      return {
        width,
        homeId: homeId(target.homeId),
        deviceId: deviceId(target.deviceId),
        cameraId: cameraId(target.cameraId),
      };
    default:
      throw new CodecError('not a width');
  }
}
