/**
 * Reads everything that `Catalog` describes: one query for each kind of object, none for single objects.
 * Numbers of rows are the server's estimates; counting is left to others.
 */

import { UnsupportedServerError } from '../catalog-error.ts';
import type { Catalog } from '../model.ts';
import type { Queryable } from '../queryable.ts';
import { assembleRelations } from './assemble-relations.ts';
import { assembleTypes } from './assemble-types.ts';
import { ask } from './catalog-query.ts';
import { groupGrants } from './group-grants.ts';
import { columnsQuery } from './queries/columns.ts';
import { constraintsQuery } from './queries/constraints.ts';
import { eventTriggersQuery } from './queries/event-triggers.ts';
import { extensionsQuery } from './queries/extensions.ts';
import { grantsQuery } from './queries/grants.ts';
import { indexesQuery } from './queries/indexes.ts';
import { policiesQuery } from './queries/policies.ts';
import { publicationsQuery } from './queries/publications.ts';
import { relationsQuery } from './queries/relations.ts';
import { routinesQuery } from './queries/routines.ts';
import { rulesQuery } from './queries/rules.ts';
import { schemasQuery } from './queries/schemas.ts';
import { sequencesQuery } from './queries/sequences.ts';
import { serverQuery } from './queries/server.ts';
import { triggersQuery } from './queries/triggers.ts';
import { typesQuery } from './queries/types.ts';
import { viewDependenciesQuery } from './queries/view-dependencies.ts';
import { withinTransaction, withReadTransaction } from './read-transaction.ts';

/** Options of `readCatalog`. */
export interface ReadCatalogOptions {
  /**
   * Schemas to read. Objects that belong to no schema (extensions, event triggers, publications) are read
   * whatever is named here.
   * @default every schema that is not PostgreSQL's own
   */
  readonly schemas?: readonly string[];
  /**
   * `own` opens a read-only repeatable-read transaction; `caller` reads inside the one that is open on `db`
   * and restores its settings.
   * @default 'own'
   */
  readonly transaction?: 'own' | 'caller';
  /**
   * How long to wait, in milliseconds, for a table that another session has locked exclusively; 0 waits for
   * ever. Used by a transaction of its own; inside the caller's, the caller's setting counts.
   * @default 30000
   */
  readonly lockTimeoutMs?: number;
}

/**
 * Reads the catalog of a database in a constant number of queries, from one snapshot. Any role may do it:
 * `pg_catalog` hides nothing from a role that can connect.
 *
 * @param db a client, or a pool, which then lends one client
 * @throws {UnsupportedServerError} when the server is older than PostgreSQL 15
 * @example
 * ```ts
 * const catalog = await readCatalog(pool, { schemas: ['public'] });
 * // begin isolation level repeatable read read only
 * // select … from pg_class …, one query for each kind of object
 * // commit
 * ```
 */
export async function readCatalog(
  db: Queryable,
  options: ReadCatalogOptions = {},
): Promise<Catalog> {
  const read = (session: Queryable): Promise<Catalog> => readWithin(session, options.schemas);
  return options.transaction === 'caller'
    ? withinTransaction(db, read)
    : withReadTransaction(db, options.lockTimeoutMs ?? 30_000, read);
}

async function readWithin(db: Queryable, wanted: readonly string[] | undefined): Promise<Catalog> {
  const [server] = await ask(db, serverQuery);
  if (!server || server.versionNumber < 150000) {
    throw new UnsupportedServerError(
      `The server is PostgreSQL ${server?.version ?? 'of unknown version'}. The catalog is read from PostgreSQL 15 and later: upgrade the server.`,
    );
  }
  const schemas = (await ask(db, schemasQuery)).filter(
    (schema) => wanted?.includes(schema.name) ?? true,
  );
  const within = schemas.map((schema) => schema.oid);
  const grants = groupGrants(await ask(db, grantsQuery, within));
  const columns = await ask(db, columnsQuery, within);
  const constraints = await ask(db, constraintsQuery, within);
  const relations = assembleRelations({
    relations: await ask(db, relationsQuery, within),
    columns,
    constraints,
    indexes: await ask(db, indexesQuery, within),
    triggers: await ask(db, triggersQuery, within),
    policies: await ask(db, policiesQuery, within),
    rules: await ask(db, rulesQuery, within),
    dependencies: await ask(db, viewDependenciesQuery, within),
    grants,
  });
  const sequences = await ask(db, sequencesQuery, within);
  const types = assembleTypes(await ask(db, typesQuery, within), columns, constraints);
  const routines = await ask(db, routinesQuery, within);
  return {
    formatVersion: 1,
    database: server.database,
    server: { versionNumber: server.versionNumber, version: server.version },
    encoding: server.encoding,
    schemas: schemas
      .filter((schema) => !schema.ownedByExtension)
      .map(({ oid, ownedByExtension: _, ...schema }) => ({
        ...schema,
        grants: grants.of('schema', oid),
      })),
    extensions: await ask(db, extensionsQuery),
    relations,
    sequences: sequences.map(({ oid, ...sequence }) => ({
      ...sequence,
      grants: grants.of('relation', oid),
    })),
    ...types,
    functions: routines
      // An aggregate has no definition; any other routine without one was dropped during the read.
      .filter((routine) => routine.definition !== null || routine.kind === 'aggregate')
      .map(({ oid, ...routine }) => ({ ...routine, grants: grants.of('routine', oid) })),
    eventTriggers: await ask(db, eventTriggersQuery),
    publications: await ask(db, publicationsQuery),
  };
}
