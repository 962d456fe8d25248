/** Who may see what, and how the keys to it travel. `./verify` is the part without keys; `./recovery` is apart for its word list. */
export * from './verify.ts';
export * from './bulletin.ts';
export * from './camera-state.ts';
export * from './commands.ts';
export * from './device-keys.ts';
export * from './household-code.ts';
export * from './names.ts';
export * from './next-roster.ts';
export { PAIRING_MS, pairingCancelled } from './pairing.ts';
export type { AdminHome, OfferedHome, PairedDevice, PairingFailed, PairingJoined, PairingStep } from './pairing.ts';
export * from './pairing-claim.ts';
export * from './pairing-digits.ts';
export * from './pairing-link.ts';
export { qrAdminReceive, qrAdmit, qrDevicePress, qrDeviceReceive, scanQr, showQr } from './pairing-qr.ts';
export type { QrAdmin, QrDevice, ScanQr, ShowQr } from './pairing-qr.ts';
export * from './replies.ts';
export * from './sealed-command.ts';
export * from './sign.ts';
