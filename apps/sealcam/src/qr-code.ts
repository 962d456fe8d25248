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

/** How many characters such a line takes, the codes for its colors aside. */
export function columnsOf(line: string): number {
  return line.split('\u001B[30;107m').join('').split('\u001B[0m').join('').length;
}

const GAP = 3;

/** Links with their codes, as many beside each other as the terminal is wide: below one another they would push all else off it. */
export function codesBeside(links: readonly string[], columns: number): string[] {
  const blocks = links.map((link) => [...qrLines(link), link]);
  const width = Math.max(...blocks.flat().map(columnsOf)) + GAP;
  const perRow = Math.max(1, Math.floor(columns / width));
  const lines: string[] = [];
  for (let at = 0; at < blocks.length; at += perRow) {
    const row = blocks.slice(at, at + perRow);
    const height = Math.max(...row.map(({ length }) => length));
    for (let y = 0; y < height; y += 1) {
      const cells = row.map((block) => block[y - (height - block.length)] ?? '');
      lines.push(
        cells
          .map((cell) => `${cell}${' '.repeat(width - columnsOf(cell))}`)
          .join('')
          .trimEnd(),
      );
    }
    lines.push('');
  }
  return lines;
}

function halfBlock(upper: boolean, lower: boolean): string {
  if (upper) return lower ? '█' : '▀';
  return lower ? '▄' : ' ';
}
