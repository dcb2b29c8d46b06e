/**
 * What an improvement has proven so far, kept in the output folder, so that a run that was killed is finished by
 * the next one and the comparison is always made with the state before the first change. Written whole, synced
 * and renamed: a reader never sees half of it.
 */
import { randomUUID } from 'node:crypto';
import { existsSync } from 'node:fs';
import { mkdir, open, readFile, rename, rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { CliError, exitCode, refusal } from '../exit.ts';

export interface StepRecord {
  readonly name: string;
  readonly status: 'passed' | 'skipped';
  readonly startedAt: string;
  readonly finishedAt: string;
  /** One line for people. */
  readonly summary: string;
  /** What the step can show for it, for programs. */
  readonly evidence: unknown;
}

export interface RunRecord {
  readonly id: string;
  /** By the clock of the server. */
  readonly startedAt: string;
  readonly finishedAt: string | null;
  /** What the database had beyond the legacy schema when the run began. */
  readonly additions: readonly string[];
  readonly steps: readonly StepRecord[];
}

interface JournalFile {
  readonly format: 1;
  /** Which database this is about; another one starts a new journal. */
  readonly database: string;
  readonly runs: readonly RunRecord[];
}

const fileName = 'improve.json';

/** The journal of one database in one folder. */
export class Journal {
  readonly #directory: string;
  #file: JournalFile;

  private constructor(directory: string, file: JournalFile) {
    this.#directory = directory;
    this.#file = file;
  }

  /**
   * Opens the journal of `database` in `directory`; one about another database is left alone and replaced by
   * the first write.
   *
   * @throws CliError (exit 1) when the file is not a journal.
   */
  static async open(directory: string, database: string): Promise<Journal> {
    const path = join(directory, fileName);
    const empty: JournalFile = { format: 1, database, runs: [] };
    if (!existsSync(path)) return new Journal(directory, empty);
    let file: JournalFile;
    try {
      file = JSON.parse(await readFile(path, 'utf8')) as JournalFile;
      if (file.format !== 1 || !Array.isArray(file.runs)) throw new TypeError('not a journal');
    } catch (cause) {
      throw refusal('TOTHUB_JOURNAL_UNREADABLE', `${path} is not a journal of an improvement.`, {
        hint: 'Name another folder with --out, or move the file away.',
        cause,
      });
    }
    return new Journal(directory, file.database === database ? file : empty);
  }

  /** The latest run, finished or not. */
  get latest(): RunRecord | undefined {
    return this.#file.runs.at(-1);
  }

  /** A run that began and did not finish: the one to go on with. */
  get unfinished(): RunRecord | undefined {
    return this.latest?.finishedAt === null ? this.latest : undefined;
  }

  /** The run in hand, begun now unless one is unfinished. */
  async begin(
    start: Pick<RunRecord, 'startedAt' | 'additions'> = {
      startedAt: new Date().toISOString(),
      additions: [],
    },
  ): Promise<RunRecord> {
    if (this.unfinished) return this.unfinished;
    const run: RunRecord = {
      id: randomUUID(),
      ...start,
      finishedAt: null,
      steps: [],
    };
    await this.#write({ ...this.#file, runs: [...this.#file.runs, run] });
    return run;
  }

  /** Notes what a step has shown; a second note of the same step takes the place of the first. */
  async record(step: StepRecord): Promise<void> {
    await this.#change((run) => ({
      ...run,
      steps: [...run.steps.filter(({ name }) => name !== step.name), step],
    }));
  }

  async finish(): Promise<void> {
    await this.#change((run) => ({ ...run, finishedAt: new Date().toISOString() }));
  }

  /** Forgets the run in hand, which has changed nothing: the next one begins anew, with a backup of its own. */
  async discard(): Promise<void> {
    await this.#write({ ...this.#file, runs: this.#file.runs.slice(0, -1) });
  }

  /** The evidence that a step of the latest run left. */
  evidence<T>(step: string): T | undefined {
    return this.latest?.steps.find(({ name }) => name === step)?.evidence as T | undefined;
  }

  async #change(next: (run: RunRecord) => RunRecord): Promise<void> {
    const run = this.unfinished;
    if (!run) throw new Error('No run has begun in this journal.');
    await this.#write({ ...this.#file, runs: [...this.#file.runs.slice(0, -1), next(run)] });
  }

  async #write(file: JournalFile): Promise<void> {
    const path = join(this.#directory, fileName);
    await writeWhole(path, `${JSON.stringify(file, null, 2)}\n`);
    this.#file = file;
  }
}

/** Writes a file so that it is either the old one or the new one, whatever happens in between. */
export async function writeWhole(path: string, content: string): Promise<void> {
  const draft = `${path}.${process.pid}.tmp`;
  try {
    await mkdir(dirname(path), { recursive: true });
    const handle = await open(draft, 'w', 0o644);
    try {
      await handle.writeFile(content);
      await handle.sync();
    } finally {
      await handle.close();
    }
    await rename(draft, path);
  } catch (cause) {
    await rm(draft, { force: true }).catch(() => {});
    throw unwritable(path, cause);
  }
}

function unwritable(path: string, cause: unknown): CliError {
  const { code = 'unknown' } = cause as { code?: string };
  return new CliError(
    'TOTHUB_FILE_UNWRITABLE',
    exitCode.interrupted,
    `${path} could not be written (${code}).`,
    { hint: 'Make room or name another folder, then run the same command again.', cause },
  );
}
