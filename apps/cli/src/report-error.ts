import { CommanderError } from 'commander';
import { isUnreachable } from './database/connect.ts';
import { CliError, type ExitCode, exitCode } from './exit.ts';
import { faultText } from './fault-text.ts';

interface Described {
  readonly code: string;
  readonly message: string;
  readonly hint?: string | undefined;
  readonly details?: readonly string[];
  readonly exit: ExitCode;
}

/** Codes of the packages that mean: the server could not be reached, or the connection was lost. */
const unreachableCodes = new Set([
  'TOTHUB_BACKUP_CONNECTION',
  'TOTHUB_MIGRATE_CONNECTION',
  'TOTHUB_SEED_CONNECTION',
  'TOTHUB_SECURITY_CONNECTION',
]);

const sqlStates: Record<string, Pick<Described, 'message' | 'hint' | 'exit'>> = {
  '42501': {
    message: 'The role of this URL lacks a permission that this needs.',
    hint: 'tothub-db doctor says which.',
    exit: exitCode.refused,
  },
  '25006': {
    message: 'The server or the session is read-only.',
    hint: 'Use the URL of the primary and a role that may write.',
    exit: exitCode.refused,
  },
  '53100': {
    message: 'The disk of the server is full.',
    hint: 'Free some space, then run the same command again.',
    exit: exitCode.interrupted,
  },
};

function describe(error: unknown): Described {
  if (error instanceof CliError)
    return { ...error, code: error.code, message: error.message, exit: error.exitCode };
  if (isUnreachable(error))
    return {
      code: 'TOTHUB_UNREACHABLE',
      message: 'The connection to the database was lost or refused.',
      hint: 'Check the server and the network, then run the same command again.',
      exit: exitCode.unreachable,
    };
  if (!(error instanceof Error))
    return { code: 'TOTHUB_FAULT', message: String(error), exit: exitCode.interrupted };
  const { code } = error as { code?: unknown };
  if (error.name === 'AbortError')
    return {
      code: 'TOTHUB_INTERRUPTED',
      message: 'Stopped.',
      hint: 'Run the same command again.',
      exit: exitCode.interrupted,
    };
  const known = typeof code === 'string' ? sqlStates[code] : undefined;
  if (known) return { code: String(code), ...known };
  if (typeof code !== 'string')
    return { code: 'TOTHUB_FAULT', message: error.message, exit: exitCode.interrupted };
  // The packages' own errors say what happened and what to do; they refuse before they change anything.
  if (code.startsWith('TOTHUB_')) {
    if (code.endsWith('_ABORTED'))
      return { code, message: error.message, exit: exitCode.interrupted };
    return {
      code,
      message: error.message,
      exit: unreachableCodes.has(code) ? exitCode.unreachable : exitCode.refused,
    };
  }
  return { code, message: faultText(error), exit: exitCode.interrupted };
}

interface ShownError {
  readonly code: string;
  readonly message: string;
  readonly hint?: string;
  readonly details?: readonly string[];
}

function printJson(error: ShownError): void {
  process.stdout.write(`${JSON.stringify({ error }, null, 2)}\n`);
}

/** Says what went wrong on stderr (and as JSON on stdout with `--json`); returns the exit code. */
export function reportError(error: unknown, json: boolean): ExitCode {
  if (error instanceof CommanderError) {
    if (error.exitCode === 0) return exitCode.done;
    // Commander has said it on stderr already.
    if (json) printJson({ code: 'TOTHUB_USAGE', message: error.message.replace(/^error: /, '') });
    return exitCode.usage;
  }
  const { exit, code, message, hint, details = [] } = describe(error);
  process.stderr.write(`tothub-db: ${message}\n`);
  const shown = details.slice(0, 20);
  for (const detail of shown) process.stderr.write(`  ${detail}\n`);
  if (details.length > shown.length)
    process.stderr.write(`  … and ${details.length - shown.length} more\n`);
  if (hint !== undefined) process.stderr.write(`${hint}\n`);
  if (process.env.TOTHUB_DEBUG)
    process.stderr.write(`${error instanceof Error ? error.stack : ''}\n`);
  if (json)
    printJson({
      code,
      message,
      ...(hint !== undefined && { hint }),
      ...(details.length > 0 && { details }),
    });
  return exit;
}
