import { type ChildProcessByStdio, spawn } from 'node:child_process';
import { basename } from 'node:path';
import type { Readable, Writable } from 'node:stream';
import { errorCode, ToolFailedError } from '../errors.ts';
import { withLibpqEnvironment } from './libpq-environment.ts';
import { passedOn } from './passed-on.ts';

const STDERR_LIMIT = 4_000;

type Tool = ChildProcessByStdio<Writable, Readable, Readable>;

/**
 * Runs one of PostgreSQL's tools and hands its standard input and output to `exchange`. Succeeds only when
 * the tool exits 0 *and* `exchange` came to its end. When either fails, or `signal` says so, the tool is killed.
 *
 * @throws ToolFailedError with what the tool said, without values of rows
 */
export function runTool(
  path: string,
  args: readonly string[],
  options: {
    /** Undefined for a tool that talks to no server. */
    readonly connectionString: string | undefined;
    /** Settings of the session, in the form of PGOPTIONS. */
    readonly settings?: readonly string[];
    /** Told every line that the tool says. */
    readonly onMessage?: ((line: string) => void) | undefined;
    readonly signal?: AbortSignal | undefined;
  },
  exchange: (tool: Tool) => Promise<void>,
): Promise<void> {
  const within = (work: (env: NodeJS.ProcessEnv) => Promise<void>): Promise<void> =>
    options.connectionString === undefined
      ? work({ ...passedOn(), LC_ALL: 'C' })
      : withLibpqEnvironment(options.connectionString, work);
  return within(async (environment) => {
    options.signal?.throwIfAborted();
    const settings = [environment.PGOPTIONS ?? '', ...(options.settings ?? [])].join(' ').trim();
    const env = settings === '' ? environment : { ...environment, PGOPTIONS: settings };
    const tool = spawn(path, [...args], { env, stdio: ['pipe', 'pipe', 'pipe'] });
    const kill = (): void => void tool.kill('SIGKILL');
    options.signal?.addEventListener('abort', kill, { once: true });
    let errors = '';
    let line = '';
    tool.stderr.setEncoding('utf8').on('data', (chunk: string) => {
      const lines = (line + chunk).split('\n');
      line = lines.pop()?.slice(0, STDERR_LIMIT) ?? '';
      for (const said of lines) options.onMessage?.(said);
      errors = (errors + errorsIn(lines)).slice(0, STDERR_LIMIT);
    });
    const exited = new Promise<string | undefined>((resolve) => {
      tool.once('error', (error) => resolve(error.message));
      tool.once('close', (code, signal) =>
        resolve(code === 0 ? undefined : signal ? `was ended by ${signal}` : `exited with ${code}`),
      );
    });
    try {
      const [outcome, exchanged] = await Promise.all([
        exited,
        exchange(tool).then(
          () => undefined,
          (error: unknown) => {
            kill();
            return { error };
          },
        ),
      ]);
      options.signal?.throwIfAborted();
      // What failed here killed the tool, which may complain of that; a pipe that broke is the tool's own end.
      if (exchanged && !isBrokenPipe(exchanged.error)) throw exchanged.error;
      const said = firstErrors(errors + errorsIn([line]));
      if (outcome !== undefined && (said !== '' || !exchanged)) {
        throw new ToolFailedError(
          `${basename(path)} ${outcome}: ${said || 'it said nothing'}. Mend the cause and run again.`,
          { cause: exchanged?.error },
        );
      }
      if (exchanged) throw exchanged.error;
    } finally {
      options.signal?.removeEventListener('abort', kill);
      kill();
    }
  });
}

function isBrokenPipe(error: unknown): boolean {
  const code = errorCode(error);
  return code === 'EPIPE' || code === 'ECONNRESET' || code === 'ERR_STREAM_PREMATURE_CLOSE';
}

/** The lines that say what went wrong; DETAIL, CONTEXT and the failed command may quote values of rows. */
function errorsIn(lines: readonly string[]): string {
  return lines
    .filter((line) => /\b(error|fatal|FATAL|ERROR):/.test(line))
    .map((line) => `${line}\n`)
    .join('');
}

function firstErrors(errors: string): string {
  return errors
    .split('\n')
    .filter((line) => line !== '')
    .slice(0, 3)
    .map((line) => line.replace(/^pg_(dump|restore): /, '').trim())
    .join(' / ')
    .replace(/postgres(ql)?:\/\/\S+/g, 'postgresql://…');
}
