import type { Catalog, Column, ForeignKeyConstraint, Index, Relation } from '@tothub/db-catalog';
import { callOf, constantOf, isNode, isNow, parsedExpression, stripCasts } from '../facts/ast.ts';
import { factsOfExpression } from '../facts/check-facts.ts';
import { exclusionPlans } from '../facts/exclusion.ts';
import { type FactsByColumn, mergeAll, withInheritedBounds } from '../facts/facts.ts';
import { partitionFacts } from '../facts/partition.ts';
import { profileGenerator, type SeedProfile } from '../profile.ts';
import { baseOf, domainsOf, type TypeResolver, type ValueType } from '../values/column-type.ts';
import { earlierSiblings } from '../values/names.ts';
import { textByName } from '../values/text-by-name.ts';
import type { CheckPlan, ColumnPlan, ExclusionPlan, TablePlan, UniquePlan } from './table-plan.ts';

/** Either a plan, or the reason why this table cannot be filled. */
export type PlanOrReason = { readonly plan: TablePlan } | { readonly reason: string };

/** Reads out of the catalog all that drawing, judging and loading the rows of one table needs. */
export async function makePlan(
  catalog: Catalog,
  relation: Relation,
  profile: SeedProfile | undefined,
  resolve: TypeResolver,
): Promise<PlanOrReason> {
  const stored = relation.columns.filter((column) => column.generated === null);
  const checks = checksOf(relation, resolve);
  const facts = await columnFacts(relation, checks, resolve);
  const partitions = await partitionFacts(catalog, relation);
  if (typeof partitions === 'string') return { reason: partitions };
  const foreignKeys = relation.constraints.filter((one) => one.kind === 'foreign key');
  const isSelf = (key: ForeignKeyConstraint): boolean =>
    key.references.schema === relation.schema && key.references.name === relation.name;
  const uniques = relation.indexes.filter(
    (index) => index.isUnique && index.isReady && !index.isExclusion,
  );
  const exclusions = await exclusionPlans(relation);
  const distinct = new Set(
    relation.indexes
      .filter((index) => index.isUnique || index.isExclusion)
      .flatMap((index) => index.keys.flatMap((key) => key.column ?? wordsIn(key.expression))),
  );
  const keyColumns = new Set(foreignKeys.flatMap((key) => key.columns));
  // A self reference, or a row of a table that refers to itself, needs to know its key before the insert.
  const wanted = new Set(foreignKeys.filter(isSelf).flatMap((key) => key.references.columns));
  const selfColumns = new Set(foreignKeys.filter(isSelf).flatMap(ownColumns));
  for (const key of foreignKeys) {
    if (!isSelf(key)) for (const column of key.columns) selfColumns.delete(column);
  }

  const columns: ColumnPlan[] = [];
  for (const column of stored) {
    const type = resolve(column.type);
    const own = facts.get(column.name) ?? {};
    const generator = profileGenerator(profile, relation, column.name);
    const isNullable = !column.notNull && !own.notNull;
    const kind = await defaultKind(column);
    const isUnknown = unknownName(type) !== undefined;
    const isDecided = generator !== undefined || keyColumns.has(column.name);
    const isTelling =
      !isUnknown &&
      (own.choices !== undefined || distinct.has(column.name) || partitions.length > 0);
    const source = sourceOf({
      kind,
      isUnknown,
      isNullable,
      // A sequence's column is left to the sequence, unless a foreign key or the profile decides its value.
      wantsDraw: isDecided || (isTelling && kind !== 'sequence'),
      column,
      type,
      relation,
    });
    if (source === undefined) {
      return {
        reason: `column ${column.name} is NOT NULL and of type ${unknownName(type)}, for which there is no generator`,
      };
    }
    columns.push({
      name: column.name,
      type,
      sqlType: domainsOf(type).at(-1)?.baseType ?? column.type,
      source:
        source === 'server' && kind === 'sequence' && wanted.has(column.name) ? 'sequence' : source,
      default: column.default,
      collation: column.collation,
      nullable: isNullable,
      isUuidText: kind === 'uuid',
      isDistinct: distinct.has(column.name),
      isSelfReference: selfColumns.has(column.name) && generator === undefined,
      facts: own,
      generator,
      text: textByName(relation.name, column.name),
      earlier: earlierSiblings(
        column.name,
        stored.filter((other) => other.type === column.type).map((other) => other.name),
      ),
    });
  }
  return {
    plan: {
      relation,
      columns,
      checks,
      uniques: uniques.map((index) => uniquePlan(relation, index)),
      exclusions: [...exclusions, ...collatedKeys(stored, uniques)],
      references: foreignKeys.filter((key) => !isSelf(key)),
      selfReferences: foreignKeys.filter(isSelf),
      partitions,
    },
  };
}

/** Of a self reference such as (tenant, parent) to (tenant, id), the columns that do not stay the same. */
const ownColumns = (key: ForeignKeyConstraint): readonly string[] =>
  key.columns.filter((column, at) => column !== key.references.columns[at]);

function sourceOf(about: {
  readonly kind: DefaultKind;
  readonly isUnknown: boolean;
  readonly isNullable: boolean;
  readonly wantsDraw: boolean;
  readonly column: Column;
  readonly type: ValueType;
  readonly relation: Relation;
}): ColumnPlan['source'] | undefined {
  const { kind, isUnknown, column, type } = about;
  if (about.wantsDraw) return 'drawn';
  if (kind === 'sequence') return 'server';
  if (isUnknown) {
    if (kind !== 'none' || domainsOf(type).some((domain) => domain.hasDefault)) return 'server';
    return about.isNullable ? 'null' : undefined;
  }
  const base = baseOf(type);
  const isNamed =
    base.kind === 'text' && textByName(about.relation.name, column.name) !== undefined;
  return kind === 'constant' && base.kind !== 'enum' && !isNamed ? 'default' : 'drawn';
}

type DefaultKind = 'none' | 'constant' | 'sequence' | 'clock' | 'uuid' | 'expression';

async function defaultKind(column: Column): Promise<DefaultKind> {
  if (column.identity !== null) return 'sequence';
  if (column.default === null) return 'none';
  const node = stripCasts(await parsedExpression(column.default));
  const call = callOf(node)?.name ?? '';
  if (call === 'nextval') return 'sequence';
  if (/^(?:gen_random_uuid|uuidv?[47]|uuid_generate_v\d\w*)$/.test(call)) return 'uuid';
  if (isNow(node)) return 'clock';
  if (isNode(node) && isNode(node.A_Const) && node.A_Const.isnull === true) return 'none';
  const isConstant = constantOf(node) !== undefined || (isNode(node) && isNode(node.A_ArrayExpr));
  return isConstant ? 'constant' : 'expression';
}

function unknownName(type: ValueType): string | undefined {
  const base = baseOf(type);
  if (base.kind === 'unknown') return base.name;
  if (base.kind === 'array' || base.kind === 'range') return unknownName(base.element);
  return base.kind === 'composite'
    ? base.attributes.map(unknownName).find((name) => name !== undefined)
    : undefined;
}

function checksOf(relation: Relation, resolve: TypeResolver): readonly CheckPlan[] {
  const own = relation.constraints
    .filter((one) => one.kind === 'check')
    .map((check) => ({
      label: `check constraint ${check.name}`,
      expression: check.expression,
      columns: check.columns,
    }));
  const fromDomains = relation.columns
    .filter((column) => column.generated === null)
    .flatMap((column) =>
      domainsOf(resolve(column.type)).flatMap((domain) =>
        domain.checks.map((check) => ({
          label: `constraint ${check.name} of domain ${domain.name}`,
          expression: check.expression,
          columns: [column.name],
          domainColumn: column.name,
        })),
      ),
    );
  return [...own, ...fromDomains];
}

async function columnFacts(
  relation: Relation,
  checks: readonly CheckPlan[],
  resolve: TypeResolver,
): Promise<FactsByColumn> {
  const own = await Promise.all(
    checks
      .filter((check) => check.domainColumn === undefined)
      .map((check) => factsOfExpression(check.expression)),
  );
  const fromDomains = relation.columns.flatMap((column) =>
    domainsOf(resolve(column.type)).map((domain) => new Map([[column.name, domain.facts]])),
  );
  return withInheritedBounds(mergeAll([...own, ...fromDomains]));
}

function uniquePlan(relation: Relation, index: Index): UniquePlan {
  const names = index.keys.flatMap((key) => key.column ?? []);
  const isConstraint = relation.constraints.some(
    (one) => (one.kind === 'unique' || one.kind === 'primary key') && one.index === index.name,
  );
  return {
    label: `${index.isPrimary ? 'primary key' : isConstraint ? 'unique constraint' : 'unique index'} ${index.name}`,
    expressions: index.keys.map((key) => key.expression),
    columns: names.length === index.keys.length && index.predicate === null ? names : undefined,
    predicate: index.predicate,
    nullsNotDistinct: index.nullsNotDistinct,
  };
}

/** Under a collation of its own, texts that differ may be equal: then the server compares, as for an exclusion. */
const collatedKeys = (columns: readonly Column[], uniques: readonly Index[]): ExclusionPlan[] =>
  uniques
    .filter((index) =>
      index.keys.some((key) =>
        columns.some((column) => column.name === key.column && column.collation !== null),
      ),
    )
    .map((index) => ({
      label: `unique index ${index.name}`,
      parts: index.keys.map((key) => ({ expression: key.expression, operator: '=' })),
      predicate: index.predicate,
    }));

const wordsIn = (expression: string): readonly string[] =>
  expression.match(/[\p{L}_][\p{L}\p{N}_$]*/gu) ?? [];
