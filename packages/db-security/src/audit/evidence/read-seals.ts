/**
 * Reads seals together with what is found in the log for each. One statement computes the hashes of some ten thousand
 * entries on the server, from expressions that stand in the statement itself: of what is installed in the database it
 * uses the two tables alone.
 */
import type { Queryable } from '@tothub/db-catalog';
import type { BatchSize } from './batch-size.ts';
import { chainHash, entryHash, rowsHash, valuesHash } from './entry-hash.ts';

/** A note that excuses what would be a problem without it. */
export interface EvidenceNote {
  readonly id: string;
  readonly operation: 'RETENTION' | 'ERASURE';
  readonly at: string;
  readonly schema: string;
  readonly table: string;
  readonly actor: string | null;
  readonly role: string;
  readonly values: unknown;
}

/** A seal, and what the log holds for it. */
export interface ExaminedSeal {
  readonly number: number;
  /** 0 before the first. */
  readonly previous: number;
  readonly month: string;
  readonly follows: boolean;
  readonly entries: number;
  readonly found: number;
  readonly isIntact: boolean;
  /** How many of those that were found lie at or below the low-water mark that was asked for. */
  readonly foundLow: number;
  readonly chainHash: string;
  readonly firstId: string | null;
  readonly lastId: string | null;
  readonly notes: readonly EvidenceNote[] | null;
  /** Of erased entries: id → hash of what is left. */
  readonly erased: Readonly<Record<string, string>> | null;
}

/** Which seals to read. */
export interface SealSelection {
  /** The quoted schema. */
  readonly s: string;
  readonly after: number;
  /** The hash of the seal `after`, in hexadecimal; undefined before the first. */
  readonly afterHash: string | undefined;
  readonly lowId: string;
  /** Only the seals of this month (yyyy-mm-dd). Whether they follow each other is then not known. */
  readonly month?: string;
}

/** How many seals one statement looks at, however few entries they have. */
const SEALS_PER_STATEMENT = 500;

/** The next seals after one, as many as cover about `size` entries and one at least. Empty at the end. */
export async function readSeals(
  db: Queryable,
  selection: SealSelection,
  batches: BatchSize,
): Promise<ExaminedSeal[]> {
  const { s, after, afterHash, lowId, month } = selection;
  return await batches.run(async (size) => {
    const chosen = await db.query(sealsStatement(s), [
      after,
      afterHash ?? null,
      size,
      month ?? null,
    ]);
    const seals = chosen.rows as SealRow[];
    const ranges = seals.flatMap((seal) =>
      [...seal.ids.matchAll(/\[(-?\d+),(-?\d+)\)/g)].map(([, first = '', end = '']) => ({
        number: seal.number,
        first,
        end,
        month: seal.monthStart,
      })),
    );
    const array = (column: 'number' | 'first' | 'end' | 'month') =>
      `{${ranges.map((range) => range[column]).join()}}`;
    const found = await db.query(entriesStatement(s), [
      array('number'),
      array('first'),
      array('end'),
      array('month'),
      lowId,
    ]);
    const contents = new Map((found.rows as FoundRow[]).map((row) => [row.number, row]));
    return seals.map(({ ids, monthStart, rowsHash, ...seal }) => {
      const { rowsHash: foundHash, ...content } = contents.get(seal.number) ?? NOTHING;
      return {
        ...seal,
        ...content,
        number: seal.number,
        isIntact: foundHash === rowsHash && content.found === seal.entries,
      };
    });
  });
}

interface SealRow
  extends Omit<ExaminedSeal, 'found' | 'foundLow' | 'isIntact' | 'notes' | 'erased'> {
  readonly ids: string;
  readonly monthStart: string;
  readonly rowsHash: string;
}

interface FoundRow extends Pick<ExaminedSeal, 'found' | 'foundLow' | 'notes' | 'erased'> {
  readonly number: number;
  readonly rowsHash: string;
}

/** The SHA-256 of no bytes, and no entries. */
const NOTHING: Omit<FoundRow, 'number'> = {
  rowsHash: 'e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855',
  found: 0,
  foundLow: 0,
  notes: null,
  erased: null,
};

function sealsStatement(s: string): string {
  return `SELECT c.number::float8 AS number, c.previous::float8 AS previous, to_char(c.month, 'YYYY-MM') AS month,
  to_char(c.month, 'YYYY-MM-DD') AS "monthStart", c.chain_hash = ${chainHash('c', 'c.previous_hash')} AS follows,
  c.row_count::float8 AS entries, encode(c.rows_hash, 'hex') AS "rowsHash", encode(c.chain_hash, 'hex') AS "chainHash",
  c.ids::text AS ids, lower(c.ids)::text AS "firstId", (upper(c.ids) - 1)::text AS "lastId"
FROM (
  SELECT n.*, sum(n.row_count) OVER (ORDER BY n.number) - n.row_count AS sum_before,
    lag(n.chain_hash, 1, decode($2::text, 'hex')) OVER (ORDER BY n.number) AS previous_hash,
    lag(n.number, 1, $1::bigint) OVER (ORDER BY n.number) AS previous
  FROM (
    SELECT a.* FROM ONLY ${s}.seal AS a WHERE a.number > $1::bigint AND ($4::text IS NULL OR a.month = $4::text::date)
    ORDER BY a.number LIMIT ${SEALS_PER_STATEMENT}
  ) AS n
) AS c
WHERE c.sum_before < $3::bigint
ORDER BY c.number`;
}

/** The ranges come as arrays, so that the planner knows how few they are: else it compiles the statement each time. */
function entriesStatement(s: string): string {
  return `SELECT e.number::float8 AS number, count(*)::float8 AS found, (count(*) FILTER (WHERE e.id <= $5::bigint))::float8 AS "foundLow",
  encode(${rowsHash('e.hash', 'e.id, e.at')}, 'hex') AS "rowsHash",
  jsonb_agg(e.note ORDER BY e.id) FILTER (WHERE e.note IS NOT NULL) AS notes,
  jsonb_object_agg(e.id::text, e.erased) FILTER (WHERE e.erased IS NOT NULL) AS erased
FROM (
  SELECT r.number, l.*
  FROM unnest($1::text::bigint[], $2::text::bigint[], $3::text::bigint[], $4::text::date[]) AS r (number, first_id, end_id, month)
  CROSS JOIN LATERAL (
    SELECT l.id, l.at, ${entryHash('l')} AS hash,
      CASE WHEN l.erased_hash IS NOT NULL THEN encode(${valuesHash('l')}, 'hex') END AS erased,
      CASE WHEN l.operation IN ('RETENTION', 'ERASURE') AND l.row_key IS NULL THEN jsonb_build_object(
        'id', l.id::text, 'operation', l.operation, 'at', l.at, 'schema', l.schema_name, 'table', l.table_name,
        'actor', l.actor, 'role', l.login_role, 'values', l.new_values) END AS note
    FROM ${s}.log AS l
    WHERE l.id >= r.first_id AND l.id < r.end_id
      AND l.at >= r.month::timestamp AT TIME ZONE 'UTC' AND l.at < (r.month::timestamp + interval '1 month') AT TIME ZONE 'UTC'
    OFFSET 0
  ) AS l
) AS e
GROUP BY e.number`;
}
