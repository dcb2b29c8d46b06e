import type { Catalog } from '../model.ts';
import type { ColumnRow } from './queries/columns.ts';
import type { ConstraintRow } from './queries/constraints.ts';
import type { TypeRow } from './queries/types.ts';

type Types = Pick<Catalog, 'enums' | 'domains' | 'composites' | 'ranges'>;

/** Sorts the types by kind, and gives domains their constraints and composite types their attributes. */
export function assembleTypes(
  types: readonly TypeRow[],
  columns: readonly ColumnRow[],
  constraints: readonly ConstraintRow[],
): Types {
  const attributes = Map.groupBy(columns, (column) => column.relation);
  const checks = Map.groupBy(constraints, (constraint) => constraint.domain);
  const of = (kind: TypeRow['kind']): TypeRow[] => types.filter((type) => type.kind === kind);
  return {
    enums: of('enum').map((type) => ({ ...named(type), labels: type.labels })),
    domains: of('domain').map((type) => ({
      ...named(type),
      baseType: type.baseType,
      notNull: type.notNull,
      default: type.default,
      collation: type.collation,
      constraints: (checks.get(type.oid) ?? [])
        // PostgreSQL 17 and later also list NOT NULL as a constraint: `notNull` says it for all versions.
        .filter((check) => check.kind === 'check' && check.definition !== null)
        .map(({ name, definition, validated }) => ({ name, definition, validated })),
    })),
    composites: of('composite').map((type) => ({
      ...named(type),
      attributes: (attributes.get(type.attributes) ?? []).map((attribute) => ({
        name: attribute.name,
        type: attribute.type,
      })),
    })),
    ranges: of('range').map((type) => ({ ...named(type), subtype: type.subtype ?? '' })),
  };
}

function named({ schema, name, owner, comment }: TypeRow) {
  return { schema, name, owner, comment };
}
