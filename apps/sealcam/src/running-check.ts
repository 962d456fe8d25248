/** What `sealcam doctor` says first: whose settings it judges, and where its own are others. */
import type { Finding } from './checks.ts';
import { differences, type Asked } from './running.ts';
import type { Settings } from './settings.ts';

const OWN = 'these flags, SEALCAM_* variables and the settings file';

/** The settings to judge. @param own those that doctor was given */
export function judgedSettings(asked: Asked, own: Settings): Settings {
  // The folder may have two names; the one that was asked for is the one that was found.
  return asked.at === 'told' ? { ...asked.running.settings, data: own.data } : own;
}

export function checkRunning(asked: Asked, own: Settings): readonly Finding[] {
  switch (asked.at) {
    case 'nobody':
      return [{ verdict: 'well', words: `Nothing runs on ${own.data}. Judged by ${OWN}.` }];
    case 'mute':
      return [
        { verdict: 'wrong', words: `A Sealcam is there on ${own.data} and does not answer: ${asked.why} Restart it.` },
      ];
    case 'older':
      return [
        {
          verdict: 'mind',
          words: `sealcam ${asked.command} runs here, too old to tell its settings. Judged by ${OWN}. Restart it to have it judged by its own.`,
        },
      ];
    case 'told': {
      const { command, pid, sinceMs, settings } = asked.running;
      const who = `sealcam ${command}, process ${pid}, since ${new Date(sinceMs).toISOString()}. Judged by its settings.`;
      const others = differences(settings, own);
      if (others.length === 0) return [{ verdict: 'well', words: who }];
      const [there, here] = [others.map(({ running }) => running), others.map(({ ours }) => ours)];
      return [
        { verdict: 'well', words: who },
        { verdict: 'mind', words: `It runs with ${there.join(', ')}; a start with ${OWN} has ${here.join(', ')}.` },
      ];
    }
  }
}
