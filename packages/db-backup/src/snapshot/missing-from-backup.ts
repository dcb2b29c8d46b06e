import type pg from 'pg';
import { queryRows } from '../connection/query-rows.ts';

/** What belongs to the database and is not in a dump of either engine. */
const LEFT_OUT = `
SELECT format('subscription %I', subname) AS what FROM pg_subscription
  WHERE subdbid = (SELECT oid FROM pg_database WHERE datname = current_database())
UNION ALL
SELECT DISTINCT 'changed privileges on objects of the system or of extensions' FROM pg_init_privs p
  LEFT JOIN pg_proc f ON p.classoid = 'pg_proc'::regclass AND f.oid = p.objoid
  LEFT JOIN pg_class c ON p.classoid = 'pg_class'::regclass AND p.objsubid = 0 AND c.oid = p.objoid
  WHERE coalesce(f.proacl, c.relacl)::text <> p.initprivs::text
UNION ALL
SELECT format('rows of the foreign table %I.%I', n.nspname, c.relname)
  FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace WHERE c.relkind = 'f'
ORDER BY what`;

const EXTENSION_TABLES = `
SELECT format('rows of %s, a table of the extension %I', c.oid::regclass, e.extname) AS what
FROM pg_extension e JOIN pg_class c ON c.oid = ANY (e.extconfig) WHERE c.relkind = 'r' ORDER BY what`;

/** Names what a restore will not bring back. */
export async function missingFromBackup(
  client: pg.Client,
  engine: 'native' | 'wasm',
): Promise<string[]> {
  const missing = (await queryRows<{ what: string }>(client, LEFT_OUT)).map((row) => row.what);
  if (engine === 'native') return [...new Set(missing)];
  const tables = await queryRows<{ what: string }>(client, EXTENSION_TABLES);
  return [...new Set(missing), ...tables.map((row) => row.what)];
}
