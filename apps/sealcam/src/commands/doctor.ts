/** `sealcam doctor`: looks at everything a Sealcam stands on, and says for each what to do. */
import { noMoreWords } from '../arguments.ts';
import { CHECKS, type Finding } from '../checks.ts';
import { explain } from '../explain.ts';
import { judgedSettings } from '../running-check.ts';
import { askRunning } from '../running.ts';
import type { Command } from './command.ts';

const MARK = { well: 'ok  ', mind: 'mind', wrong: 'HELP' } as const;

export const doctor: Command = {
  name: 'doctor',
  usage: '',
  help: 'Checks versions, ports, certificate, clock, ffmpeg, disk, data and cameras, and says what to do. Exit code 1 where help is needed.',
  run: async ({ settings, settingsFile, words, terminal }) => {
    noMoreWords(words, 0);
    const asked = await askRunning(settings.data);
    const patient = {
      asked,
      settings: judgedSettings(asked, settings),
      own: settings,
      settingsFile: asked.at === 'told' ? asked.running.settingsFile : settingsFile,
    };
    let wrong = 0;
    for (const [name, check] of Object.entries(CHECKS)) {
      let findings: readonly Finding[];
      try {
        findings = await check({ ...patient, now: new Date() });
      } catch (error) {
        findings = [{ verdict: 'wrong', words: explain(error) }];
      }
      for (const finding of findings) {
        terminal.say(`${MARK[finding.verdict]}  ${name.padEnd(12)} ${finding.words}`);
        if (finding.verdict === 'wrong') wrong += 1;
      }
    }
    terminal.say(
      wrong === 0 ? '\nNothing is in the way.' : `\n${wrong} ${wrong === 1 ? 'thing needs' : 'things need'} help.`,
    );
    return wrong === 0 ? 0 : 1;
  },
};
