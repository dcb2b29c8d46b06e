/** The statements that gather what reconstruction needs. Their results are ordered by key, so that they can be streamed. */
import { quoteIdent } from '@tothub/db-catalog';
import type { ResolvedMoment } from './audit-moment.ts';
import { fromLive, type LiveTable, textsOf } from './live-table.ts';
import { evidenceJson } from './log-entry.ts';
import { hasRowKey, hasRowKeyIn, keysOfJson } from './logged-key.ts';
import { isAbout, type NameSpan } from './table-names.ts';

/** A statement with its values. */
export interface Statement {
  readonly text: string;
  readonly values: readonly string[];
}

/** Which rows of which table at which moment. */
export interface EvidenceSource {
  readonly auditSchema: string;
  readonly names: readonly NameSpan[];
  readonly live: LiveTable;
  readonly moment: ResolvedMoment;
  /** Only these keys, where they are given. */
  readonly keys?: readonly (readonly string[])[] | undefined;
}

/** What a row of {@link evidenceQuery} holds. */
export type EvidenceKind = 'live' | 'later' | 'last' | 'left';

/** Values are numbered as they are named. */
function createParameters(): { add(value: string): string; readonly values: string[] } {
  const values: string[] = [];
  return { values, add: (value) => `$${values.push(value)}` };
}

/** The condition that a row of now has one of these keys, by the types of the columns, so that their index serves. */
export function hasKey(live: LiveTable, alias: string, parameter: string): string {
  const columns = live.key.map((name) => `${quoteIdent(alias)}.${quoteIdent(name)}`);
  const casts = live.key.map((name, index) => `(k ->> ${index})::${typeOf(live, name)}`);
  return `(${columns.join(', ')}) IN (SELECT ${casts.join(', ')}
    FROM pg_catalog.json_array_elements((${parameter}::text)::json) AS k)`;
}

function typeOf(live: LiveTable, name: string): string {
  return live.columns.find((column) => column.name === name)?.type ?? 'text';
}

/**
 * Rows of `{ kind, json }`, by key, and of one key the live row first, then its entries, newest first. `last` and
 * `left` are one each a key: the entries up to the moment that {@link Evidence} names so.
 */
export function evidenceQuery(source: EvidenceSource): Statement {
  const { auditSchema, names, live, moment, keys } = source;
  const { add, values } = createParameters();
  const about = isAbout('l', names, 1);
  for (const value of about.values) add(value);
  const bound = `(${add(moment.value)}::text)::${moment.cast}`;
  const wanted = keys && add(JSON.stringify(keys));
  const wantedKeys = wanted && keysOfJson(wanted);
  const underKey = wantedKeys ? ` AND ${hasRowKeyIn('l', wantedKeys, live.key.length)}` : '';
  const toKey = wantedKeys ? ` AND l.new_key IN ${wantedKeys}` : '';
  const log = `${quoteIdent(auditSchema)}.log AS l`;
  const isLater = `${about.sql} AND l.row_key IS NOT NULL AND l.${moment.column} > ${bound}`;
  const isEarlier = `${about.sql} AND l.row_key IS NOT NULL AND l.${moment.column} <= ${bound}`;
  // What is read of the many is kept small; of the few that are chosen, the rest is looked up.
  const newestOf = (
    places: string,
  ): string => `SELECT newest.name, l.id, ${evidenceJson('l')} AS json
    FROM (SELECT e.name, max(e.id) AS id FROM (${places}) AS e GROUP BY e.name) AS newest JOIN ${log} ON l.id = newest.id`;
  // Texts sort several times as fast as arrays.
  const name = (key: string) =>
    `${live.key.length === 1 ? `(${key})[1]` : `${key}::text`} COLLATE "C"`;
  return {
    values,
    text: `SELECT kind, json FROM (
  SELECT 'live' AS kind, 1 AS place, ${name(textsOf('t', live.key))} AS name, NULL::bigint AS id,
    pg_catalog.array_to_json(${textsOf(
      't',
      live.columns.map((column) => column.name),
    )})::text AS json
  FROM ${fromLive(live, 't')}${wanted ? ` WHERE ${hasKey(live, 't', wanted)}` : ''}
  UNION ALL
  SELECT 'later', 2, ${name('l.row_key')}, l.id, ${evidenceJson('l')} FROM ${log} WHERE ${isLater}${underKey}
  UNION ALL
  SELECT 'last', 3, last.name, last.id, last.json FROM (${newestOf(`
    SELECT ${name('l.row_key')} AS name, l.id FROM ${log} WHERE ${isEarlier} AND l.new_key IS NULL${underKey}
    UNION ALL
    SELECT ${name('l.new_key')}, l.id FROM ${log} WHERE ${isEarlier} AND l.new_key IS NOT NULL${toKey}`)}) AS last
  UNION ALL
  SELECT 'left', 4, gone.name, gone.id, gone.json FROM (${newestOf(`
    SELECT ${name('l.row_key')} AS name, l.id FROM ${log} WHERE ${isEarlier} AND l.new_key IS NOT NULL${underKey}`)}) AS gone
) AS evidence ORDER BY evidence.name, place, id DESC`,
  };
}

/** All pairs of keys between which rows have moved after the moment: one row `{ json }`, an array of pairs. */
export function movesQuery({ auditSchema, names, moment }: EvidenceSource): Statement {
  const about = isAbout('l', names, 2);
  return {
    values: [moment.value, ...about.values],
    text: `SELECT coalesce(pg_catalog.json_agg(pg_catalog.json_build_array(l.row_key, l.new_key)), '[]')::text AS json
      FROM ${quoteIdent(auditSchema)}.log AS l
      WHERE l.new_key IS NOT NULL AND l.${moment.column} > ($1::text)::${moment.cast} AND ${about.sql}`,
  };
}

/** The keys that rows with this key have had, or gave to one another, after the moment: one row `{ json }`. */
export function linkedKeysQuery(
  { auditSchema, names, moment }: EvidenceSource,
  key: readonly string[],
): Statement {
  const about = isAbout('l', names, 3);
  const later = `l.new_key IS NOT NULL AND l.${moment.column} > ($1::text)::${moment.cast} AND ${about.sql}`;
  const log = `${quoteIdent(auditSchema)}.log AS l`;
  return {
    values: [moment.value, JSON.stringify([key]), ...about.values],
    text: `WITH RECURSIVE linked(key) AS (
  SELECT key COLLATE "C" FROM ${keysOfJson('$2')} AS given(key)
  UNION
  SELECT step.key FROM linked CROSS JOIN LATERAL (
    SELECT l.new_key AS key FROM ${log} WHERE ${hasRowKey('l', 'linked.key', key.length)} AND ${later}
    UNION ALL
    SELECT l.row_key FROM ${log} WHERE l.new_key = linked.key AND ${later}) AS step)
SELECT pg_catalog.json_agg(key)::text AS json FROM linked`,
  };
}
