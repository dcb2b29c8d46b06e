/** What an export keeps to itself. The result is a catalog of the same format: members are emptied, never removed. */
import type { Catalog, Relation } from '@tothub/db-catalog';
import { withoutSchemas } from '../without-schemas.ts';

/**
 * A part of a catalog that an export can leave out.
 *
 * - `access`: owners, grants, roles of policies, options of foreign tables.
 * - `code`: bodies and settings of functions, SQL of views and rules, arguments of triggers, expressions of policies.
 * - `comments`: all of them.
 * - `defaults`: default expressions, those of generated columns included.
 * - `server`: name of the database, minor versions of server and extensions.
 */
export type CatalogPart = 'access' | 'code' | 'comments' | 'defaults' | 'server';

/** Members that are emptied wherever in a catalog they stand. */
const EMPTIED = {
  access: { owner: '', grants: [], roles: [] },
  code: { configuration: [], using: null, withCheck: null },
  comments: { comment: null },
  defaults: { default: null },
  server: {},
} satisfies Record<CatalogPart, Readonly<Record<string, unknown>>>;

/** Leaves schemas and parts out of a catalog. */
export function redactCatalog(
  catalog: Catalog,
  hideSchemas: readonly string[],
  omit: readonly CatalogPart[],
): Catalog {
  const omitted = new Set(omit);
  let shown = withoutReferences(withoutSchemas(catalog, new Set(hideSchemas)), hideSchemas);
  if (omitted.has('code')) shown = withoutCode(shown);
  if (omitted.has('access')) {
    shown = { ...shown, relations: shown.relations.map(withoutForeignOptions) };
  }
  if (omitted.has('server')) shown = withoutServer(shown);
  const emptied: Readonly<Record<string, unknown>> = Object.assign(
    {},
    ...omit.map((part) => EMPTIED[part]),
  );
  return withEmptied(shown, emptied) as Catalog;
}

function withEmptied(value: unknown, emptied: Readonly<Record<string, unknown>>): unknown {
  if (Array.isArray(value)) return value.map((item) => withEmptied(item, emptied));
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).map(([key, member]) => [
      key,
      Object.hasOwn(emptied, key) ? emptied[key] : withEmptied(member, emptied),
    ]),
  );
}

/** What objects that stay say about schemas that do not. */
function withoutReferences(catalog: Catalog, hideSchemas: readonly string[]): Catalog {
  const hidden = new Set(hideSchemas);
  const seen = ({ schema }: { readonly schema: string }) => !hidden.has(schema);
  return {
    ...catalog,
    extensions: catalog.extensions.filter(seen),
    eventTriggers: catalog.eventTriggers.filter((trigger) => seen(trigger.function)),
    relations: catalog.relations.map((relation) => ({
      ...relation,
      constraints: relation.constraints.filter(
        (constraint) => constraint.kind !== 'foreign key' || seen(constraint.references),
      ),
      triggers: relation.triggers.filter((trigger) => seen(trigger.function)),
      dependsOn: relation.dependsOn.filter(seen),
      inherits: relation.inherits.filter(seen),
    })),
  };
}

function withoutCode(catalog: Catalog): Catalog {
  return {
    ...catalog,
    functions: catalog.functions.map((routine) => ({ ...routine, definition: null })),
    relations: catalog.relations.map((relation) => ({
      ...relation,
      definition: null,
      rules: relation.rules.map((rule) => ({ ...rule, definition: '' })),
      triggers: relation.triggers.map((trigger) => ({ ...trigger, definition: '' })),
    })),
  };
}

function withoutForeignOptions(relation: Relation): Relation {
  return relation.kind === 'foreign table' ? { ...relation, options: [] } : relation;
}

function withoutServer(catalog: Catalog): Catalog {
  const major = Math.floor(catalog.server.versionNumber / 10_000);
  return {
    ...catalog,
    database: '',
    server: { versionNumber: major * 10_000, version: `${major}` },
    extensions: catalog.extensions.map((extension) => ({ ...extension, version: '' })),
  };
}
