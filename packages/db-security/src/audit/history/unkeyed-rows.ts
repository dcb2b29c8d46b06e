/**
 * The rows of a table without a primary key as they were. Nothing tells two equal rows apart, and nothing has to: the
 * rows then are those of now, less what was written since, and with what was there before it, counted by content.
 */
import { qualifiedName, quoteIdent, quoteLiteral } from '@tothub/db-catalog';
import { AuditRefusedError } from '../../errors.ts';
import type { TransactionalClient } from '../../session.ts';
import type { AsOfRow } from './as-of-row.ts';
import { fromLive, textOf } from './live-table.ts';
import type { PastTable } from './past-table.ts';
import { readCursor } from './read-cursor.ts';
import type { Doubt, UnknownReason } from './row-state.ts';
import { isAbout } from './table-names.ts';

/**
 * Streams the rows; equal rows come one after another.
 *
 * @throws {AuditRefusedError} when a key was given, or the log lacks a value that rows must be told by.
 */
export async function* unkeyedRows(
  db: TransactionalClient,
  past: PastTable,
  key: readonly string[] | undefined,
): AsyncGenerator<AsOfRow, void, undefined> {
  const { live, timeline, auditSchema, moment } = past;
  if (key !== undefined) {
    throw new AuditRefusedError(
      `${qualifiedName(live)} has no primary key, so no key names a row of it. Ask for the whole table.`,
    );
  }
  const columns = comparedColumns(past);
  const unknown = unknownColumns(past, columns);
  const about = isAbout('l', timeline.names, 2);
  const later = `${about.sql} AND l.row_key IS NULL AND l.${moment.column} > ($1::text)::${moment.cast}`;
  const log = `${quoteIdent(auditSchema)}.log AS l`;
  const values = [moment.value, ...about.values];
  await assertWhole(db, past, `${log} WHERE ${later}`, values);

  const logged = (image: string) =>
    `ARRAY[${columns.map((column) => loggedValue(past, column, image)).join(', ')}]::jsonb[]`;
  const text = `SELECT pg_catalog.to_json(content)::text AS json, n::text, ((sum(LEAST(n, 0)) OVER ()) < 0)::text AS short
    FROM (SELECT content, sum(weight) AS n FROM (
      SELECT ARRAY[${columns.map((column) => `pg_catalog.to_jsonb(${textOf('t', column)})`).join(', ')}]::jsonb[] AS content, 1 AS weight
      FROM ${fromLive(live, 't')}
      UNION ALL
      SELECT ${logged('l.old_values')}, 1 FROM ${log} WHERE ${later} AND l.operation IN ('UPDATE', 'DELETE', 'TRUNCATE') AND l.old_values IS NOT NULL
      UNION ALL
      SELECT ${logged("(coalesce(l.old_values, '{}'::jsonb) || l.new_values)")}, -1 FROM ${log} WHERE ${later} AND l.operation IN ('INSERT', 'UPDATE')
    ) AS change GROUP BY content) AS counted WHERE n <> 0`;
  const breaks = timeline.breaks.filter(({ isLater }) => isLater);
  const isOff = timeline.isOff || breaks.some(({ kind }) => kind === 'off');
  for await (const row of readCursor(db, { text, values })) {
    const doubts: Doubt[] = isOff ? ['audit-off'] : [];
    if (row.short === 'true' && breaks.length === 0) doubts.push('contradiction');
    const texts = JSON.parse(row.json as string) as (string | null)[];
    const known = Object.fromEntries(columns.map((name, index) => [name, texts[index] ?? null]));
    for (let n = Number(row.n); n > 0; n--) {
      yield { key: null, values: known, unknown, gone: {}, isProven: false, doubts };
    }
  }
}

/** Columns of now that have been there, and logged in full, in every era since. */
function comparedColumns({ live, timeline, eraIndex, reconstruction }: PastTable): string[] {
  return live.columns
    .map(({ name }) => name)
    .filter((name) => !reconstruction.ignored.has(name))
    .filter((name) =>
      timeline.eras
        .slice(eraIndex)
        .every(({ hashed }, index) =>
          hashed.some((then) => reconstruction.columns.identify(eraIndex + index, then) === name),
        ),
    );
}

function unknownColumns(
  { live, era, eraIndex, reconstruction }: PastTable,
  compared: readonly string[],
): Record<string, UnknownReason> {
  const { columns } = reconstruction;
  const redacted = new Set(era.redact.map((name) => columns.identify(eraIndex, name)));
  const then = new Set(era.columns.map(({ name }) => columns.identify(eraIndex, name)));
  return Object.fromEntries(
    live.columns
      .filter(({ name }) => then.has(name) && !compared.includes(name))
      .map(({ name }) => [name, redacted.has(name) ? 'redacted' : 'not-logged'] as const),
  );
}

/** A column's value in an image of the log, by the name that it had when the entry was made. */
function loggedValue(
  { timeline, eraIndex, reconstruction }: PastTable,
  column: string,
  image: string,
): string {
  const names = timeline.eras.map((era, index) => ({
    from: era.id,
    name:
      era.hashed.find((name) => reconstruction.columns.identify(index, name) === column) ?? column,
  }));
  const byEra = names
    .slice(eraIndex + 1)
    .reverse()
    .map(({ from, name }) => `WHEN l.id > ${from} THEN ${image} -> ${quoteLiteral(name)}`);
  const first = `${image} -> ${quoteLiteral(names[eraIndex]?.name ?? column)}`;
  const value = byEra.length === 0 ? first : `CASE ${byEra.join(' ')} ELSE ${first} END`;
  return `NULLIF(${value}, 'null'::jsonb)`;
}

async function assertWhole(
  db: TransactionalClient,
  { live }: PastTable,
  later: string,
  values: readonly string[],
): Promise<void> {
  const { rows } = await db.query(
    `SELECT count(*)::text AS count FROM ${later} AND l.operation IN ('INSERT', 'UPDATE', 'DELETE', 'TRUNCATE')
       AND (l.erased_hash IS NOT NULL
         OR pg_catalog.jsonb_path_exists(coalesce(l.old_values, '{}'::jsonb) || coalesce(l.new_values, '{}'::jsonb), '$.*.bytes'))`,
    [...values],
  );
  if (rows[0].count === '0') return;
  throw new AuditRefusedError(
    `${qualifiedName(live)} has no primary key, and ${rows[0].count} entries since then lack values that were erased or too large: its rows cannot be told apart. Give the table a primary key; it can be told from then on.`,
  );
}
