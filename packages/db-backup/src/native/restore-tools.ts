import { FIRST_MAJOR_WITH_TRANSACTION_TIMEOUT } from '../connection/server-versions.ts';
import { EngineUnavailableError } from '../errors.ts';
import { findTools, type PostgresTools } from './find-tools.ts';

/**
 * Finds the `pg_restore` that reads what a `pg_dump` wrote and that says nothing the target server refuses.
 *
 * @throws EngineUnavailableError with what is needed instead
 */
export async function findRestoreTools(
  dumpVersion: string,
  serverMajor: number,
  binDir?: string,
): Promise<PostgresTools> {
  const major = Number.parseInt(dumpVersion, 10);
  const isRefused = (toolMajor: number): boolean =>
    toolMajor >= FIRST_MAJOR_WITH_TRANSACTION_TIMEOUT &&
    serverMajor < FIRST_MAJOR_WITH_TRANSACTION_TIMEOUT;
  const made = `This backup was made by pg_dump ${dumpVersion}`;
  if (isRefused(major)) {
    throw new EngineUnavailableError(
      `${made}, and a pg_restore that reads it sets transaction_timeout, which a PostgreSQL ${serverMajor} server does not know. Nothing was changed. Restore into PostgreSQL ${FIRST_MAJOR_WITH_TRANSACTION_TIMEOUT} or later, or take a backup with the engine "wasm", which goes into older servers too.`,
    );
  }
  const able = (await findTools(binDir)).filter((tools) => tools.major >= major);
  const tools = able.find((one) => !isRefused(one.major));
  if (tools) return tools;
  const wanted =
    able.length === 0
      ? `no pg_restore of version ${major} or later is here`
      : `pg_restore ${able[0]?.version} sets transaction_timeout, which a PostgreSQL ${serverMajor} server does not know`;
  throw new EngineUnavailableError(
    `${made}, and ${wanted}. Nothing was changed. Install the PostgreSQL ${major} client tools, or name their folder (binDir).`,
  );
}
