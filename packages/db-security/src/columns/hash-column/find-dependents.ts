/** What in the catalog depends on a column whose values are about to be replaced by hashes. */
import { qualifiedName, quoteIdent, type RelationName } from '@tothub/db-catalog';
import { auditStatus } from '../../audit/audit-status.ts';
import type { TransactionalClient } from '../../session.ts';
import type { KeyedTable } from '../keyed-table.ts';

/** Something that stands in the way of hashing a column. */
export interface ColumnObstacle {
  readonly kind:
    | 'consent'
    | 'class'
    | 'type'
    | 'check'
    | 'privilege'
    | 'audit'
    | 'foreign-key'
    | 'trigger'
    | 'rule'
    | 'unique'
    | 'generated-column';
  /** Its name in the database; of a column its own. */
  readonly name: string;
  /** What it means, and what to do. */
  readonly message: string;
  /** Set when the run may go on all the same, once `accept` names `<kind> <name>`. */
  readonly isAcceptable: boolean;
}

/** What {@link findDependents} found. */
export interface Dependents {
  readonly obstacles: readonly ColumnObstacle[];
  /** What is worth knowing and does not stand in the way, a sentence each. */
  readonly notes: readonly string[];
}

/** Kind, name and relation of each dependent of the columns $3 (all that are written, the read one first). */
const DEPENDENTS = `
WITH t AS (
  SELECT c.oid, c.relkind FROM pg_catalog.pg_class AS c JOIN pg_catalog.pg_namespace AS n ON n.oid = c.relnamespace
  WHERE n.nspname = $1 AND c.relname = $2
), tree AS (
  SELECT oid AS relid FROM t UNION SELECT p.relid FROM t, pg_catalog.pg_partition_tree(t.oid) AS p
), written AS (
  SELECT a.attnum, a.attname FROM t JOIN pg_catalog.pg_attribute AS a ON a.attrelid = t.oid
  WHERE a.attname = ANY ($3::text[]) AND NOT a.attisdropped
), dependent AS (
  SELECT DISTINCT d.classid, d.objid, d.objsubid FROM t JOIN pg_catalog.pg_depend AS d ON d.refobjid = t.oid
  WHERE d.refclassid = 'pg_catalog.pg_class'::pg_catalog.regclass AND d.refobjsubid IN (SELECT attnum FROM written)
)
SELECT CASE WHEN fn.nspname = $4 THEN 'audit' ELSE 'trigger' END AS kind, g.tgname AS name, rn.nspname AS schema, r.relname AS relation
FROM tree JOIN pg_catalog.pg_trigger AS g ON g.tgrelid = tree.relid
JOIN pg_catalog.pg_class AS r ON r.oid = g.tgrelid JOIN pg_catalog.pg_namespace AS rn ON rn.oid = r.relnamespace
JOIN pg_catalog.pg_proc AS f ON f.oid = g.tgfoid JOIN pg_catalog.pg_namespace AS fn ON fn.oid = f.pronamespace
WHERE NOT g.tgisinternal AND g.tgenabled <> 'D' AND g.tgtype::int & 16 <> 0
  AND (g.tgparentid = 0 OR fn.nspname = $4)
  AND (g.tgattr = '' OR EXISTS (SELECT FROM written JOIN pg_catalog.pg_attribute AS a ON a.attname = written.attname
    WHERE a.attrelid = g.tgrelid AND a.attnum = ANY (g.tgattr::int2[])))
UNION ALL
SELECT 'rule', rulename, NULL, NULL FROM t JOIN pg_catalog.pg_rewrite AS w ON w.ev_class = t.oid
WHERE w.ev_type = '2' AND w.ev_enabled <> 'D'
UNION ALL
SELECT 'foreign-key', k.conname, NULL, NULL FROM t JOIN pg_catalog.pg_constraint AS k ON k.contype = 'f'
  AND (k.conrelid = t.oid AND k.conkey && (SELECT array_agg(attnum) FROM written)
    OR k.confrelid = t.oid AND k.confkey && (SELECT array_agg(attnum) FROM written))
WHERE k.conparentid = 0
UNION ALL
SELECT CASE WHEN i.indisunique OR i.indisexclusion THEN 'unique' ELSE 'index' END, c.relname, NULL, NULL
FROM pg_catalog.pg_index AS i JOIN t ON t.oid = i.indrelid JOIN pg_catalog.pg_class AS c ON c.oid = i.indexrelid
WHERE EXISTS (SELECT FROM written WHERE attnum = ANY (i.indkey::int2[]))
  OR i.indexrelid IN (SELECT objid FROM dependent WHERE classid = 'pg_catalog.pg_class'::pg_catalog.regclass)
UNION ALL
SELECT DISTINCT 'generated-column', a.attname, NULL::name, NULL::name FROM t
JOIN pg_catalog.pg_attribute AS a ON a.attrelid = t.oid AND a.attgenerated <> ''
JOIN pg_catalog.pg_attrdef AS e ON e.adrelid = t.oid AND e.adnum = a.attnum
JOIN dependent AS d ON (d.classid = 'pg_catalog.pg_attrdef'::pg_catalog.regclass AND d.objid = e.oid)
  OR (d.classid = 'pg_catalog.pg_class'::pg_catalog.regclass AND d.objid = t.oid AND d.objsubid = a.attnum)
UNION ALL
SELECT 'default', w.attname, NULL, NULL FROM t JOIN pg_catalog.pg_attrdef AS e ON e.adrelid = t.oid
JOIN written AS w ON w.attnum = e.adnum WHERE w.attname = ($3::text[])[1]
UNION ALL
SELECT DISTINCT CASE c.relkind WHEN 'm' THEN 'materialized-view' ELSE 'view' END, c.relname, n.nspname, c.relname
FROM dependent AS d JOIN pg_catalog.pg_rewrite AS w ON w.oid = d.objid AND d.classid = 'pg_catalog.pg_rewrite'::pg_catalog.regclass
JOIN pg_catalog.pg_class AS c ON c.oid = w.ev_class AND c.relkind IN ('v', 'm') JOIN pg_catalog.pg_namespace AS n ON n.oid = c.relnamespace
UNION ALL
SELECT 'policy', p.polname, NULL, NULL FROM pg_catalog.pg_policy AS p
JOIN dependent AS d ON d.objid = p.oid AND d.classid = 'pg_catalog.pg_policy'::pg_catalog.regclass
UNION ALL
SELECT 'publication', p.pubname, NULL, NULL FROM pg_catalog.pg_publication_tables AS p
WHERE (p.schemaname, p.tablename) IN (SELECT n.nspname, c.relname FROM tree
  JOIN pg_catalog.pg_class AS c ON c.oid = tree.relid JOIN pg_catalog.pg_namespace AS n ON n.oid = c.relnamespace)
UNION ALL
SELECT 'privilege', w.attname, NULL, NULL FROM t, written AS w
WHERE NOT pg_catalog.has_column_privilege(t.oid, w.attnum, 'UPDATE')
ORDER BY 1, 2, 3, 4`;

interface Dependent {
  readonly kind: string;
  readonly name: string;
  readonly schema: string | null;
  readonly relation: string | null;
}

/** Lists what depends on the columns that are written; the one that is read comes first. */
export async function findDependents(
  db: TransactionalClient,
  table: KeyedTable,
  columns: readonly string[],
  auditSchema: string,
): Promise<Dependents> {
  const { schema, name } = table.relation;
  const column = columns[0] as string;
  const { rows } = await db.query(DEPENDENTS, [schema, name, [...columns], auditSchema]);
  const found = rows as Dependent[];
  const obstacles = await auditObstacles(db, column, found, auditSchema);
  const notes: string[] = [];
  for (const dependent of found) {
    const obstacle = obstacleOf(dependent, table);
    if (obstacle !== undefined) obstacles.push(obstacle);
    const note = noteOf(dependent);
    if (note !== undefined) notes.push(note);
  }
  return { obstacles, notes: [...new Set(notes)] };
}

/** Audited tables whose log would take the plaintext in. */
async function auditObstacles(
  db: TransactionalClient,
  column: string,
  found: readonly Dependent[],
  auditSchema: string,
): Promise<ColumnObstacle[]> {
  const audited = found.filter(({ kind }) => kind === 'audit');
  if (audited.length === 0) return [];
  const { tables } = await auditStatus(db, { schema: auditSchema });
  const relations = new Map<string, RelationName>(
    audited.map(({ schema, relation }) => {
      const named = { schema: schema as string, name: relation as string };
      return [qualifiedName(named), named];
    }),
  );
  return [...relations].flatMap(([name, relation]) => {
    const status = tables.find(
      (each) => each.schema === relation.schema && each.name === relation.name,
    );
    // A redaction that has a problem may not hold; a table that the status does not know is not judged to be safe.
    const isRedacted =
      status !== undefined &&
      status.problems.length === 0 &&
      [...status.redact, ...status.exclude].includes(column);
    if (isRedacted) return [];
    const fix = `enableAudit(db, { schema: ${JSON.stringify(relation.schema)}, name: ${JSON.stringify(relation.name)} }, { redact: [${JSON.stringify(column)}] })`;
    return [
      {
        kind: 'audit' as const,
        name,
        message: `${name} is audited, and its log would keep the plaintext that is replaced. Call ${fix} first, and see that auditStatus names no problem of it.`,
        isAcceptable: false,
      },
    ];
  });
}

function obstacleOf(
  { kind, name }: Dependent,
  { relation }: KeyedTable,
): ColumnObstacle | undefined {
  const quoted = quoteIdent(name);
  const refuse = (message: string): ColumnObstacle => ({
    kind: kind as ColumnObstacle['kind'],
    name,
    message,
    isAcceptable: false,
  });
  const ask = (message: string): ColumnObstacle => ({ ...refuse(message), isAcceptable: true });
  switch (kind) {
    case 'trigger':
      return ask(
        `The trigger ${quoted} fires and sees the old value. Make sure that it copies it nowhere.`,
      );
    case 'rule':
      return ask(
        `The rule ${quoted} rewrites updates. Make sure that it copies the old value nowhere.`,
      );
    case 'unique':
      return ask(
        `The index ${quoted} keeps values unique or apart, and every hash differs: it will not do so any more. Use a blind index where look-ups need it.`,
      );
    case 'generated-column':
      return ask(
        `The generated column ${quoted} is computed from the value, and will be computed from the hash.`,
      );
    case 'foreign-key':
      return refuse(
        `The foreign key ${quoted} compares the value with another table's. Drop it first.`,
      );
    case 'privilege':
      return refuse(
        `This role may not update the column. Run GRANT SELECT, UPDATE (${quoted}) ON ${qualifiedName(relation)} to it.`,
      );
    default:
      return undefined;
  }
}

function noteOf({ kind, name, schema }: Dependent): string | undefined {
  const quoted = schema === null ? quoteIdent(name) : qualifiedName(schema, name);
  switch (kind) {
    case 'audit':
      return `The table is audited: what was logged before the column was left out is there still. Look with findPlaintext, take it out with eraseAudit.`;
    case 'index':
      return `The index ${quoted} will find hashes only; drop it if look-ups by the value were its purpose.`;
    case 'default':
      return `The column ${quoted} has a default, which is no hash: drop it, or new rows may hold it in the clear.`;
    case 'view':
      return `The view ${quoted} will show hashes.`;
    case 'materialized-view':
      return `The materialised view ${quoted} keeps its copy of the plaintext until REFRESH MATERIALIZED VIEW ${quoted}.`;
    case 'policy':
      return `The policy ${quoted} will compare hashes.`;
    case 'publication':
      return `The publication ${quoted} carries the table: subscribers get the hashes, and keep what they stored elsewhere.`;
    default:
      return undefined;
  }
}
