/** `npm run build`: the pages, built anew whether they are stale or not. */
import { ensurePages } from '../apps/sealcam/src/pages.ts';
import { systemTerminal } from '../apps/sealcam/src/terminal.ts';

await ensurePages(systemTerminal, true);
