/** The first load of a display stays small enough for an old tablet: apps/web/size-check.ts counts what it loads. */
import { ensurePages } from '../../apps/sealcam/src/pages.ts';
import { systemTerminal } from '../../apps/sealcam/src/terminal.ts';
import { join } from 'node:path';
import { output, ROOT, type Gate } from './gate.ts';

export const pageSizeGate: Gate = {
  name: 'the first load of a display is at most 120 KB compressed',
  run: async () => {
    await ensurePages(systemTerminal);
    const { code, text } = await output(process.execPath, [join(ROOT, 'apps', 'web', 'size-check.ts')]);
    return code === 0 ? [] : text.trim().split('\n');
  },
};
