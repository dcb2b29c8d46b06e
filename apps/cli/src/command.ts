/** What every command shares: its options, its output, its way to end. */
import { resolveBackupAddress } from '@tothub/db-backup';
import { Command } from 'commander';
import { resolveUrl } from './database/connection-url.ts';
import { createOutput, type Output } from './terminal/output.ts';

/** Options that every command takes. */
export interface CommonOptions {
  readonly url?: string;
  readonly json?: boolean;
  readonly config?: string;
}

export interface Invocation {
  readonly output: Output;
  readonly signal: AbortSignal;
  /** The database URL; asks for it only when the command needs one. */
  readonly url: () => string;
}

/** Ends the command with this code instead of 0, without an error. */
export type Outcome = number | undefined;

/** A command with `--url` and `--json`. */
export function databaseCommand(name: string, description: string): Command {
  return new Command(name)
    .description(description)
    .option('--url <url>', 'database (or DATABASE_URL)')
    .option('--json', 'print one JSON document on stdout');
}

/** A command that also reads the project's configuration. */
export function projectCommand(name: string, description: string): Command {
  return databaseCommand(name, description).option(
    '--config <file>',
    'configuration (default: the nearest migrations/tothub.config.ts)',
  );
}

/** Backups live in the folder or bucket of the flag, else of `DB_BACKUP_PATH`, else in `backups/`. */
export function backupDirectory(flag: string | undefined): string {
  return resolveBackupAddress(flag ?? (process.env.DB_BACKUP_PATH || 'backups'));
}

/** Wraps a command's work: builds its output and its signal, and hands its exit code on. */
export function action<A extends unknown[], O extends CommonOptions>(
  work: (invocation: Invocation, options: O, ...args: A) => Promise<Outcome>,
): (...received: unknown[]) => Promise<void> {
  return async (...received) => {
    const command = received.at(-1) as Command;
    const options = command.optsWithGlobals<O>();
    const args = received.slice(0, -2) as A;
    const output = createOutput({ json: options.json === true });
    const code = await work(
      { output, signal: interruption.signal, url: () => resolveUrl(options.url) },
      options,
      ...args,
    );
    if (code !== undefined) process.exitCode = code;
  };
}

/** Aborted by Ctrl-C or SIGTERM; a second Ctrl-C ends the process at once. */
export const interruption = new AbortController();
