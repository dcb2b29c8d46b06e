import { type Catalog, qualifiedName, type Relation, type RelationName } from '@tothub/db-catalog';
import type { ClientBase } from 'pg';
import { nameOf } from './table-order.ts';

/** Which tables may be filled, which were asked for in vain, and how each may be written. */
export interface SelectedTables {
  readonly chosen: readonly Relation[];
  readonly skipped: readonly { readonly name: RelationName; readonly reason: string }[];
  /** Names of the tables whose row-level security applies to this role. */
  readonly guarded: ReadonlySet<string>;
  readonly lockable: ReadonlySet<string>;
  /** Chosen although they hold rows. */
  readonly filled: ReadonlySet<string>;
}

export interface SelectOptions {
  readonly tables: readonly RelationName[] | undefined;
  readonly exclude: readonly { readonly schema: string; readonly name?: string }[];
  readonly intoNonEmpty: boolean;
}

/** Bookkeeping of migration tools: a made-up row there would change what the tool does next. */
const ledgers = new Set(
  '__drizzle_migrations,_prisma_migrations,schema_migrations,ar_internal_metadata,flyway_schema_history,knex_migrations,knex_migrations_lock,alembic_version,django_migrations,pgmigrations,migrations,typeorm_metadata,databasechangelog,databasechangeloglock,goose_db_version,schema_version,SequelizeMeta,__EFMigrationsHistory'.split(
    ',',
  ),
);

/**
 * Chooses the tables to fill: the named ones, else every empty one that is neither a partition nor a migration
 * tool's. Emptiness is asked of the table itself, never of statistics.
 */
export async function selectTables(
  session: ClientBase,
  catalog: Catalog,
  options: SelectOptions,
): Promise<SelectedTables> {
  const isExcluded = (relation: RelationName): boolean =>
    options.exclude.some(
      (one) =>
        one.schema === relation.schema && (one.name === undefined || one.name === relation.name),
    );
  const skipped: { name: RelationName; reason: string }[] = [];
  const skip = (name: RelationName, reason: string): void => {
    skipped.push({ name: { schema: name.schema, name: name.name }, reason });
  };
  const candidates: Relation[] = [];
  if (options.tables) {
    const wanted = new Map(options.tables.map((name) => [nameOf(name), name]));
    for (const name of wanted.values()) {
      const relation = catalog.relations.find(
        (one) => one.schema === name.schema && one.name === name.name,
      );
      if (!relation) skip(name, 'there is no such table');
      else if (isExcluded(relation)) skip(name, 'it is excluded');
      else if (!isTable(relation)) skip(name, `it is a ${relation.kind}`);
      else if (relation.partitionOf) {
        skip(
          name,
          `it is a partition of ${qualifiedName(relation.partitionOf)}: choose that table`,
        );
      } else candidates.push(relation);
    }
  } else {
    candidates.push(
      ...catalog.relations.filter(
        (relation) =>
          isTable(relation) &&
          relation.partitionOf === null &&
          relation.persistence !== 'temporary' &&
          !ledgers.has(relation.name) &&
          !isExcluded(relation),
      ),
    );
  }
  const access = await readAccess(session, candidates);
  const readable = candidates.filter((relation) => {
    const may = access.get(nameOf(relation));
    if (may?.select) return true;
    skip(relation, 'this role may not read it, so whether it is empty cannot be known');
    return false;
  });
  const filled = await filledTables(session, readable);
  const chosen = readable.filter((relation) => {
    const may = access.get(nameOf(relation));
    const isFilled = filled.has(nameOf(relation));
    if (isFilled && !options.intoNonEmpty) {
      if (options.tables) skip(relation, 'it already holds rows');
      return false;
    }
    if (isFilled && options.tables === undefined) return false;
    if (!may?.insert) {
      skip(relation, 'this role may not insert into it');
      return false;
    }
    if (may.guarded && may.bytes > 0 && !isFilled) {
      skip(
        relation,
        'row-level security may hide rows of it, so whether it is empty cannot be known',
      );
      return false;
    }
    return true;
  });
  const having = (test: (may: Access) => boolean): Set<string> =>
    new Set([...access].filter(([, may]) => test(may)).map(([name]) => name));
  return {
    chosen,
    skipped,
    filled,
    guarded: having((may) => may.guarded),
    lockable: having((may) => may.lock),
  };
}

const isTable = (relation: Relation): boolean =>
  relation.kind === 'table' || relation.kind === 'partitioned table';

interface Access {
  readonly select: boolean;
  readonly insert: boolean;
  readonly lock: boolean;
  readonly guarded: boolean;
  readonly bytes: number;
}

async function readAccess(
  session: ClientBase,
  relations: readonly RelationName[],
): Promise<ReadonlyMap<string, Access>> {
  const { rows } = await session.query<Access & RelationName>(
    `SELECT n.nspname AS schema, c.relname AS name,
            u.usage AND has_any_column_privilege(c.oid, 'SELECT') AS select,
            u.usage AND has_any_column_privilege(c.oid, 'INSERT') AS insert,
            has_table_privilege(c.oid, 'UPDATE, DELETE, TRUNCATE') AS lock,
            row_security_active(c.oid) AS guarded,
            pg_relation_size(c.oid)::float8 AS bytes
     FROM unnest($1::text[], $2::text[]) AS wanted(schema, name)
     JOIN pg_namespace AS n ON n.nspname = wanted.schema
     JOIN pg_class AS c ON c.relnamespace = n.oid AND c.relname = wanted.name,
     LATERAL (SELECT has_schema_privilege(n.oid, 'USAGE') AS usage) AS u`,
    [relations.map(({ schema }) => schema), relations.map(({ name }) => name)],
  );
  return new Map(rows.map((row) => [nameOf(row), row]));
}

/** Names of the tables that hold a row. */
async function filledTables(
  session: ClientBase,
  relations: readonly Relation[],
): Promise<ReadonlySet<string>> {
  if (relations.length === 0) return new Set();
  const { rows } = await session.query<{ number: number }>(
    relations
      .map(
        (relation, at) => `SELECT ${at} AS number WHERE EXISTS (SELECT FROM ${ownRows(relation)})`,
      )
      .join('\nUNION ALL '),
  );
  return new Set(rows.flatMap(({ number }) => relations[number] ?? []).map(nameOf));
}

/** The rows that a foreign key to this relation can mean: not those of tables that inherit from it. */
export const ownRows = (relation: Relation): string =>
  `${relation.kind === 'table' ? 'ONLY ' : ''}${qualifiedName(relation)}`;
