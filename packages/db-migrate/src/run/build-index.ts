import { setTimeout as sleep } from 'node:timers/promises';
import type { SqlStatement } from '@tothub/db-catalog/sql';
import type { IndexStmt } from 'libpg-query';
import { IndexBuildError } from '../errors.ts';
import type { Run } from '../lock/with-runner.ts';
import { executeStatement } from './execute-statement.ts';
import { definesSameIndex } from './index-definition.ts';
import { findBuilders, type IndexState, readIndexState } from './index-state.ts';
import type { Job } from './job.ts';
import { withoutLockTimeout } from './without-lock-timeout.ts';

/**
 * Builds an index concurrently, from whatever state an earlier attempt has left: absent, it is built; valid and
 * equal, it is kept; valid and different, that is an error; INVALID, it is dropped and built again, unless
 * another session is building it right now. `IF NOT EXISTS` does not hide an INVALID one here, as it does in
 * PostgreSQL. See "Building Indexes Concurrently" in the manual's page on CREATE INDEX.
 *
 * @throws IndexBuildError
 */
export async function buildIndex(
  run: Run,
  job: Job,
  statement: SqlStatement,
  index: IndexStmt,
): Promise<void> {
  const name = index.idxname ?? '';
  const at = `${job.script.file}:${statement.line}:`;
  const read = async (): Promise<IndexState | null> =>
    index.relation ? readIndexState(run.worker.client, index.relation, name) : null;

  const found = await waitForBuilders(run, job, name, at, read);
  if (found && !found.isIndex) {
    throw new IndexBuildError(
      `${at} ${found.qualified} is not an index. Give the new index another name.`,
    );
  }
  if (found?.isValid) {
    if (await definesSameIndex(run, statement, index, found.definition ?? '')) {
      run.emit({ type: 'index-unchanged', version: job.version, index: name });
      return;
    }
    throw new IndexBuildError(
      `${at} the index ${found.qualified} is there with another definition. Found: ${found.definition}. Wanted: ${statement.text}. Drop the old one or name the new one differently.`,
    );
  }
  await withoutLockTimeout(run, async () => {
    if (found) {
      run.emit({ type: 'index-invalid-replaced', version: job.version, index: name });
      const sql = `DROP INDEX CONCURRENTLY IF EXISTS ${found.qualified}`;
      await executeStatement(run, job, statement, { sql, waits: true });
    }
    await executeStatement(run, job, statement, { waits: true });
  });
  const built = await read();
  if (built && !built.isValid) {
    throw new IndexBuildError(
      `${at} the index ${built.qualified} was built but is INVALID. Run again; it is replaced.`,
      true,
    );
  }
}

/** Reads the state of the index, once nobody else is building it. */
async function waitForBuilders(
  run: Run,
  job: Job,
  index: string,
  at: string,
  read: () => Promise<IndexState | null>,
): Promise<IndexState | null> {
  const deadline = performance.now() + run.options.retryBudgetMs;
  for (let told = false; ; ) {
    const state = await read();
    if (!state?.isIndex || state.isValid) return state;
    const pids = await findBuilders(run.worker.client, state);
    if (pids.length === 0) return state;
    if (performance.now() >= deadline) {
      throw new IndexBuildError(
        `${at} the index ${state.qualified} is still being built by server process ${pids.join(', ')}. Run again when that has ended.`,
        true,
      );
    }
    if (!told) run.emit({ type: 'index-building-elsewhere', version: job.version, index, pids });
    told = true;
    await sleep(250, undefined, { signal: run.options.signal }).catch(() => {});
    run.assertGoing();
  }
}
