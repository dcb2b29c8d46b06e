/** Triggers that keep secrets from coming back. The migrations make them, disabled; contraction enables them. */
import { qualifiedName, quoteIdent } from '@tothub/db-catalog';
import { withSession } from '../database/connect.ts';
import { withLockTimeout } from '../database/with-lock-timeout.ts';
import type { ProjectConfig } from './config.ts';
import type { Project } from './load-project.ts';

type Guard = ProjectConfig['secretGuards'][number];

/** Guards that are missing or not enabled. */
export async function disabledGuards(url: string, project: Project): Promise<readonly Guard[]> {
  return withSession(url, async (client) => {
    const disabled: Guard[] = [];
    for (const guard of project.secretGuards) {
      const { rows } = await client.query(
        `SELECT t.tgenabled
           FROM pg_catalog.pg_trigger AS t
           JOIN pg_catalog.pg_class AS c ON c.oid = t.tgrelid
           JOIN pg_catalog.pg_namespace AS n ON n.oid = c.relnamespace
          WHERE n.nspname = $1 AND c.relname = $2 AND t.tgname = $3`,
        [guard.table.schema, guard.table.name, guard.trigger],
      );
      if (rows[0] === undefined || rows[0].tgenabled === 'D') disabled.push(guard);
    }
    return disabled;
  });
}

/** Enables what is disabled, without making anyone wait for long; returns the triggers. */
export async function enableGuards(url: string, project: Project): Promise<readonly Guard[]> {
  const disabled = await disabledGuards(url, project);
  await withSession(url, async (client) => {
    for (const { table, trigger } of disabled)
      await withLockTimeout(client, () =>
        client.query(`ALTER TABLE ${qualifiedName(table)} ENABLE TRIGGER ${quoteIdent(trigger)}`),
      );
  });
  return disabled;
}
