/** A QR code in a terminal: two modules a character, so that it fits beside the text. */
import { encodeQR } from 'qr';

/**
 * @returns lines of half blocks, dark on light whatever the terminal's colors: the codes for black on white are part of each line
 */
export function qrLines(text: string): string[] {
  // Low correction: a screen is not torn or dirty, and a smaller code is easier to scan across a room.
  const modules = encodeQR(text, 'raw', { border: 2, ecc: 'low' });
  const lines: string[] = [];
  for (let y = 0; y < modules.length; y += 2) {
    const upper = modules[y] ?? [];
    const lower = modules[y + 1] ?? [];
    const halves = upper.map((dark, x) => halfBlock(dark, lower[x] ?? false));
    lines.push(`\u001B[30;107m${halves.join('')}\u001B[0m`);
  }
  return lines;
}

function halfBlock(upper: boolean, lower: boolean): string {
  if (upper) return lower ? '█' : '▀';
  return lower ? '▄' : ' ';
}
