/** A QR code as one SVG path, dark on white in both themes: scanners want it so. */
import encodeQR from 'qr';
import type { JSX } from 'preact';
import { useMemo } from 'preact/hooks';

const QUIET_MODULES = 3;

export function QrCode({ text, label }: { readonly text: string; readonly label: string }): JSX.Element {
  const { side, path } = useMemo(() => draw(text), [text]);
  return (
    <svg
      class="qr"
      role="img"
      aria-label={label}
      viewBox={`0 0 ${side} ${side}`}
      width="340"
      height="340"
      shape-rendering="crispEdges"
    >
      <rect width={side} height={side} fill="#fff" />
      <path d={path} fill="#000" />
    </svg>
  );
}

function draw(text: string): { side: number; path: string } {
  const rows = encodeQR(text, 'raw', { ecc: 'medium', border: QUIET_MODULES });
  let path = '';
  rows.forEach((row, y) => {
    row.forEach((dark, x) => {
      if (dark) path += `M${x} ${y}h1v1h-1z`;
    });
  });
  return { side: rows.length, path };
}
