#!/usr/bin/env node
/** The command `sealcam`: a table of contents. Each command is a file of its name. */
import { agent } from './commands/agent.ts';
import { backup } from './commands/backup.ts';
import { canaries } from './commands/canaries.ts';
import { camera } from './commands/camera.ts';
import type { Command } from './commands/command.ts';
import { doctor } from './commands/doctor.ts';
import { drill } from './commands/drill.ts';
import { helpCommand } from './commands/help.ts';
import { exposure } from './commands/exposure.ts';
import { home } from './commands/home.ts';
import { invite } from './commands/invite.ts';
import { ledger } from './commands/ledger.ts';
import { lift } from './commands/lift.ts';
import { notices } from './commands/notices.ts';
import { operator } from './commands/operator.ts';
import { relay } from './commands/relay.ts';
import { restore } from './commands/restore.ts';
import { status } from './commands/status.ts';
import { suspend } from './commands/suspend.ts';
import { suspensions } from './commands/suspensions.ts';
import { up } from './commands/up.ts';
import { version } from './commands/version.ts';
import { runCommand } from './run-command.ts';
import { systemTerminal } from './terminal.ts';

const commands: readonly Command[] = [
  up,
  agent,
  relay,
  home,
  invite,
  operator,
  suspend,
  lift,
  suspensions,
  camera,
  canaries,
  exposure,
  notices,
  ledger,
  status,
  doctor,
  drill,
  backup,
  restore,
  version,
];

process.exitCode = await runCommand(
  [...commands, helpCommand(commands)],
  process.argv.slice(2),
  process.env,
  systemTerminal,
);
