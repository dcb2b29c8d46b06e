/** Runs the command line as its own process, from its sources, the way a person would. */
import { type ChildProcess, spawn } from 'node:child_process';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** The sources are compiled once for all the processes of all runs. */
const compileCache = join(tmpdir(), 'tothub-cli-compile-cache');
/** What is built is quicker to start; sources are newer. */
const isBuilt = process.env.TOTHUB_CLI_BUILT === '1';
const entry = fileURLToPath(
  new URL(isBuilt ? '../../dist/index.js' : '../../src/index.ts', import.meta.url),
);
const nodeFlags = ['--disable-warning=ExperimentalWarning'];
if (!isBuilt) nodeFlags.push('--conditions=@tothub/source');

export interface CliResult {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly stdout: string;
  readonly stderr: string;
}

export interface CliOptions {
  readonly cwd: string;
  readonly env?: Readonly<Record<string, string>>;
  /** Called with the process and what it has said so far, at each piece of stderr. */
  readonly onStderr?: (child: ChildProcess, stderr: string) => void;
  readonly onStart?: (child: ChildProcess) => void;
}

/** The environment without what would name a database or a key file. */
function cleanEnv(): NodeJS.ProcessEnv {
  const env = { ...process.env };
  for (const name of Object.keys(env))
    if (/^(DATABASE_URL|REPLIT_DB_URL|DB_BACKUP_PATH|TOTHUB_|PG|VITEST|NODE_OPTIONS)/.test(name))
      delete env[name];
  return env;
}

export function runCli(args: readonly string[], options: CliOptions): Promise<CliResult> {
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, [...nodeFlags, entry, ...args], {
      cwd: options.cwd,
      env: { ...cleanEnv(), NODE_COMPILE_CACHE: compileCache, ...options.env },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    options.onStart?.(child);
    let stdout = '';
    let stderr = '';
    child.stdout.setEncoding('utf8').on('data', (chunk: string) => {
      stdout += chunk;
    });
    child.stderr.setEncoding('utf8').on('data', (chunk: string) => {
      stderr += chunk;
      options.onStderr?.(child, stderr);
    });
    child.on('error', reject);
    child.on('close', (code, signal) => resolve({ code, signal, stdout, stderr }));
  });
}
