/**
 * Plain HTTP on port + 1, with nothing but the page that helps a tablet trust this home's certificate authority, and the
 * certificate itself (which is public). Nothing of a home is served here.
 */
import { encodeQR } from 'qr';
import { createHash, X509Certificate } from 'node:crypto';
import { createServer, type Server } from 'node:http';
import { listen } from '../listen.ts';
import { hostInUrl } from './addresses.ts';

export interface TrustPage {
  readonly port: number;
  close(): Promise<void>;
}

export interface TrustPageOptions {
  readonly host: string;
  readonly port: number;
  /** Where the real pages are. */
  readonly httpsPort: number;
  /** Names and addresses the certificate is good for. */
  readonly names: readonly string[];
  /** Where who came by any other name is sent. */
  readonly pagesUrl: string;
  /** PEM. */
  readonly authority: string;
}

/** @throws {SealcamError} `port.in-use` */
export async function startTrustPage(options: TrustPageOptions): Promise<TrustPage> {
  const certificate = new X509Certificate(options.authority);
  const server = createServer(
    { maxHeaderSize: 8192, requestTimeout: 10_000, headersTimeout: 5_000 },
    (request, response) => {
      const path = (request.url ?? '').split('?')[0];
      if (request.method !== 'GET' && request.method !== 'HEAD') {
        response.writeHead(405, { allow: 'GET, HEAD' }).end();
      } else if (path === '/') {
        const page = renderPage(httpsLink(options, request.headers.host), certificate.fingerprint256);
        response.writeHead(200, { ...HEADERS, 'content-type': 'text/html; charset=utf-8' }).end(page);
      } else if (path === '/sealcam.crt') {
        response
          .writeHead(200, {
            ...HEADERS,
            'content-type': 'application/x-x509-ca-cert',
            'content-disposition': 'attachment; filename="sealcam.crt"',
          })
          .end(certificate.raw);
      } else {
        response.writeHead(404, { ...HEADERS, 'content-type': 'text/plain' }).end('Not here.\n');
      }
    },
  );
  server.maxConnections = 200;
  const port = await listen(server, options.port, options.host);
  return { port, close: () => closeServer(server) };
}

function closeServer(server: Server): Promise<void> {
  server.closeAllConnections();
  return new Promise((done) => void server.close(() => done()));
}

/** The link keeps the name by which the tablet found this page, where the certificate is good for it. */
function httpsLink(options: TrustPageOptions, hostHeader: string | undefined): string {
  const asked = URL.canParse(`http://${hostHeader ?? ''}`) ? new URL(`http://${hostHeader ?? ''}`).hostname : '';
  const host = options.names.find((name) => hostInUrl(name) === asked);
  const base = host === undefined ? options.pagesUrl : `https://${hostInUrl(host)}:${options.httpsPort}`;
  return `${base}/display`;
}

const STYLE = `
:root { color-scheme: light dark; font: 1.05rem/1.6 system-ui, sans-serif; }
body { max-width: 40rem; margin: 2rem auto; padding: 0 1rem 4rem; }
h1 { font-size: 1.5rem; line-height: 1.25; } h2 { font-size: 1.1rem; margin: 2rem 0 .25rem; }
a.button { display: inline-block; padding: .7rem 1.2rem; border-radius: 12px; background: #2b6cb0; color: #fff; text-decoration: none; min-height: 1.6rem; }
code { overflow-wrap: anywhere; font-size: .85rem; }
figure { margin: 1.5rem 0; width: 12rem; padding: .75rem; background: #fff; border-radius: 12px; }
ol { padding-left: 1.4rem; }
`;
const HEADERS = {
  'cache-control': 'no-store',
  'x-content-type-options': 'nosniff',
  'referrer-policy': 'no-referrer',
  'content-security-policy': `default-src 'none'; style-src 'sha256-${createHash('sha256').update(STYLE).digest('base64')}'; img-src data:; base-uri 'none'; form-action 'none'; frame-ancestors 'none'`,
};

const STEPS: readonly (readonly [string, readonly string[]])[] = [
  [
    'Android tablet or phone',
    [
      'Download the certificate with the button above.',
      'Settings → Security & privacy → More security settings → Encryption & credentials → Install a certificate → CA certificate. (Some makers put it elsewhere: search the settings for “certificate”.)',
      'Choose “Install anyway”, then the file sealcam.crt.',
      'Open the link below in Chrome.',
    ],
  ],
  [
    'iPad or iPhone',
    [
      'Open this page in Safari and download the certificate; allow the profile.',
      'Settings → General → VPN & Device Management → the Sealcam profile → Install.',
      'Settings → General → About → Certificate Trust Settings → switch the Sealcam certificate on.',
      'Open the link below in Safari.',
    ],
  ],
  [
    'Windows',
    [
      'Download the certificate and open it → Install Certificate → Current User.',
      '“Place all certificates in the following store” → Trusted Root Certification Authorities.',
      'Start the browser anew and open the link below.',
    ],
  ],
  [
    'Mac',
    [
      'Download the certificate and open it in Keychain Access.',
      'Double-click it there → Trust → When using this certificate: Always Trust.',
      'Open the link below.',
    ],
  ],
  [
    'Linux, or Firefox anywhere',
    [
      'Firefox: Settings → Privacy & Security → Certificates → View Certificates → Authorities → Import → trust it for websites.',
      'Chrome on Linux: Settings → Privacy and security → Security → Manage certificates → Custom → Trusted certificates → Import.',
    ],
  ],
];

function renderPage(link: string, fingerprint: string): string {
  const qr = encodeQR(link, 'data-url', { border: 1, scale: 6 });
  const steps = STEPS.map(
    ([title, lines]) => `<h2>${title}</h2><ol>${lines.map((line) => `<li>${line}</li>`).join('')}</ol>`,
  );
  return `<!doctype html>
<html lang="en"><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">
<title>Trust this Sealcam</title><style>${STYLE}</style>
<h1>Let this device trust your Sealcam</h1>
<p>Sealcam made a certificate authority for your home alone. It can vouch for addresses inside a home and for nothing on the internet.
A display also works without it, past the browser’s warning; it only cannot be installed as an app.</p>
<p><a class="button" href="/sealcam.crt" download>Download the certificate</a></p>
<p>Before you trust it, compare its SHA-256 fingerprint with the one in the terminal of Sealcam:<br><code>${fingerprint}</code></p>
${steps.join('\n')}
<h2>Then open</h2>
<p><a href="${link}">${link}</a></p>
<figure><img src="${qr}" alt="QR code of ${link}" width="192" height="192"></figure>
</html>
`;
}
