import { createRequire } from 'node:module';
import { Command } from 'commander';
import { auditCommand } from './commands/audit.ts';
import { backupCommand } from './commands/backup.ts';
import { demoCommand } from './commands/demo.ts';
import { docsCommand } from './commands/docs.ts';
import { doctorCommand } from './commands/doctor.ts';
import { improveCommand } from './commands/improve.ts';
import { migrateCommand } from './commands/migrate.ts';
import { secureCommand } from './commands/secure.ts';
import { seedCommand } from './commands/seed.ts';
import { validateCommand } from './commands/validate.ts';

const { version } = createRequire(import.meta.url)('../package.json') as { version: string };

function throwInsteadOfExit(command: Command): Command {
  command.exitOverride().showHelpAfterError('(--help says how it is used)');
  for (const child of command.commands) throwInsteadOfExit(child);
  return command;
}

/** The whole command line. */
export const program = throwInsteadOfExit(
  new Command('tothub-db')
    .description(
      'Takes a PostgreSQL database to a sound state in small verified steps, without losing a value.',
    )
    .version(version)
    .addHelpText(
      'after',
      `
Exit codes: 0 done, 1 findings or refusal, 2 usage,
3 the database could not be reached, 4 a fault in the middle (run it again).
The URL comes from --url, DATABASE_URL, or REPLIT_DB_URL when that is a postgres URL.`,
    )
    .addCommand(demoCommand)
    .addCommand(improveCommand)
    .addCommand(doctorCommand)
    .addCommand(backupCommand)
    .addCommand(migrateCommand)
    .addCommand(secureCommand)
    .addCommand(auditCommand)
    .addCommand(seedCommand)
    .addCommand(docsCommand)
    .addCommand(validateCommand),
);
