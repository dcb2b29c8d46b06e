/** Which relations a backup is taken without: those that nobody may or wants to read, and what depends on them. */
import type { RelationName } from '@tothub/db-catalog';
import type pg from 'pg';
import { queryRows } from '../connection/query-rows.ts';
import { SelectionError, UnreadableObjectsError } from '../errors.ts';
import { relationKey } from '../relation-key.ts';
import { type UnreadableObject, unreadableObjects } from '../snapshot/unreadable-objects.ts';
import { excludedRelations, type LeftOut, type SelectionOptions, wantsRows } from './selection.ts';

export interface LeftOutRelations {
  /** Neither definition nor rows are taken. */
  readonly relations: readonly LeftOut[];
  /** Only the rows are not taken. */
  readonly rows: readonly LeftOut[];
  readonly largeObjects: boolean;
}

interface OwnRelation extends RelationName {
  readonly oid: string;
}

const RELATIONS = `
SELECT c.oid::text AS oid, n.nspname AS schema, c.relname AS name
FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
WHERE c.relkind IN ('r', 'p', 'v', 'm', 'f', 'S') AND n.nspname !~ '^pg_' AND n.nspname <> 'information_schema'
ORDER BY 2, 3`;

/** Partitions and children, owned sequences, views: what cannot be restored without the other. */
const DEPENDANTS = `
SELECT inhrelid::text AS oid, inhparent::text AS needs FROM pg_inherits
UNION ALL
SELECT d.objid::text, d.refobjid::text FROM pg_depend d JOIN pg_class s ON s.oid = d.objid AND s.relkind = 'S'
WHERE d.classid = 'pg_class'::regclass AND d.refclassid = 'pg_class'::regclass AND d.deptype IN ('a', 'i')
UNION ALL
SELECT r.ev_class::text, d.refobjid::text FROM pg_depend d JOIN pg_rewrite r ON r.oid = d.objid
  JOIN pg_class v ON v.oid = r.ev_class AND v.relkind IN ('v', 'm')
WHERE d.classid = 'pg_rewrite'::regclass AND d.refclassid = 'pg_class'::regclass AND r.ev_class <> d.refobjid`;

/** What else would be broken: defaults, triggers, rules, policies, functions that name a table or its row type. */
const BROKEN = `
WITH gone AS (SELECT unnest($1::oid[]) AS oid),
row_type AS (
  SELECT t.oid FROM pg_type t WHERE t.typrelid IN (TABLE gone)
  UNION SELECT t.typarray FROM pg_type t WHERE t.typrelid IN (TABLE gone) AND t.typarray <> 0)
SELECT DISTINCT pg_describe_object(d.classid, d.objid, d.objsubid) AS what
FROM pg_depend d
WHERE d.deptype IN ('n', 'a')
  AND ((d.refclassid = 'pg_class'::regclass AND d.refobjid IN (TABLE gone))
    OR (d.refclassid = 'pg_type'::regclass AND d.refobjid IN (TABLE row_type)))
  AND NOT CASE d.classid
    WHEN 'pg_class'::regclass THEN d.objid IN (TABLE gone)
      OR EXISTS (SELECT FROM pg_index i WHERE i.indexrelid = d.objid AND i.indrelid IN (TABLE gone))
    WHEN 'pg_constraint'::regclass THEN EXISTS (
      SELECT FROM pg_constraint c WHERE c.oid = d.objid AND (c.contype = 'f' OR c.conrelid IN (TABLE gone)))
    WHEN 'pg_attrdef'::regclass THEN EXISTS (
      SELECT FROM pg_attrdef a WHERE a.oid = d.objid AND a.adrelid IN (TABLE gone))
    WHEN 'pg_trigger'::regclass THEN EXISTS (
      SELECT FROM pg_trigger t WHERE t.oid = d.objid AND (t.tgisinternal OR t.tgrelid IN (TABLE gone)))
    WHEN 'pg_policy'::regclass THEN EXISTS (
      SELECT FROM pg_policy p WHERE p.oid = d.objid AND p.polrelid IN (TABLE gone))
    WHEN 'pg_rewrite'::regclass THEN EXISTS (
      SELECT FROM pg_rewrite r WHERE r.oid = d.objid AND r.ev_class IN (TABLE gone))
    WHEN 'pg_statistic_ext'::regclass THEN false
    WHEN 'pg_type'::regclass THEN d.objid IN (TABLE row_type)
    WHEN 'pg_publication_rel'::regclass THEN true
    ELSE false END
ORDER BY 1`;

/**
 * Finds out what a backup is taken without.
 *
 * @throws UnreadableObjectsError naming what the role cannot read, unless that is excluded or to be skipped
 * @throws SelectionError where a name means nothing, or something stays that needs what is left out
 */
export async function leftOutRelations(
  client: pg.Client,
  options: SelectionOptions,
): Promise<LeftOutRelations> {
  const relations = await queryRows<OwnRelation>(client, RELATIONS);
  const excluded = excludedRelations(relations, options);
  const excludedKeys = new Set(excluded.map(relationKey));
  const unreadable = (await unreadableObjects(client)).filter(
    (object) => !isExcused(object, relations, excludedKeys, options),
  );
  if (unreadable.length > 0 && !options.skipUnreadable) {
    throw new UnreadableObjectsError(unreadable.map(({ what }) => what));
  }
  const hidden = unreadable.filter(({ kind }) => kind === 'hidden rows');
  const closed = unreadable.filter(({ kind }) => kind !== 'hidden rows');
  const seeds = [
    ...excluded,
    ...relations.flatMap((relation) => {
      const why = closed.find((object) => concerns(object, relation));
      return why ? [{ ...relation, reason: `unreadable: ${why.reason}` }] : [];
    }),
  ];
  return {
    relations: await withDependants(client, relations, seeds),
    rows: hidden.flatMap((object) =>
      relations
        .filter((relation) => concerns(object, relation))
        .map((relation) => ({ ...relation, reason: `unreadable: ${object.reason}` })),
    ),
    largeObjects: !unreadable.some(({ kind }) => kind === 'large object'),
  };
}

function concerns(object: UnreadableObject, relation: RelationName): boolean {
  return (
    object.schema === relation.schema && (object.name === null || object.name === relation.name)
  );
}

/** What is excluded need not be readable. */
function isExcused(
  object: UnreadableObject,
  relations: readonly RelationName[],
  excluded: ReadonlySet<string>,
  options: SelectionOptions,
): boolean {
  if (object.kind === 'large object')
    return options.largeObjects === false || options.schemaOnly === true;
  return relations
    .filter((relation) => concerns(object, relation))
    .every(
      (relation) =>
        excluded.has(relationKey(relation)) ||
        (object.kind === 'hidden rows' && !wantsRows(options, relation)),
    );
}

async function withDependants(
  client: pg.Client,
  relations: readonly OwnRelation[],
  seeds: readonly (OwnRelation & LeftOut)[],
): Promise<LeftOut[]> {
  if (seeds.length === 0) return [];
  const byOid = new Map(relations.map((relation) => [relation.oid, relation]));
  const dependants = await queryRows<{ oid: string; needs: string }>(client, DEPENDANTS);
  const gone = new Map(seeds.map((seed) => [seed.oid, seed]));
  for (const { oid: needed } of gone.values()) {
    for (const { oid } of dependants.filter(({ needs }) => needs === needed)) {
      const relation = byOid.get(oid);
      const on = byOid.get(needed);
      if (!relation || !on || gone.has(oid)) continue;
      // The loop goes on with what is added here.
      gone.set(oid, { ...relation, reason: `depends on ${on.schema}.${on.name}` });
    }
  }
  const broken = await queryRows<{ what: string }>(client, BROKEN, [[...gone.keys()]]);
  if (broken.length > 0) {
    const shown = broken
      .slice(0, 5)
      .map(({ what }) => what)
      .join('; ');
    throw new SelectionError(
      `${seeds
        .map(({ schema, name }) => `${schema}.${name}`)
        .slice(0, 5)
        .join(
          ', ',
        )} cannot be left out, because this would stay and need it: ${shown}. Leave out only the rows (excludeRows), or let the role read it.`,
    );
  }
  const byKey = new Map([...gone.values()].map((relation) => [relationKey(relation), relation]));
  // In the order of their names.
  return relations.flatMap((relation) => byKey.get(relationKey(relation)) ?? []);
}
