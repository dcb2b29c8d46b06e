/**
 * The typed model of what stands in a PostgreSQL database. It speaks in the terms of the manual's chapter
 * "System Catalogs" and holds no OIDs, so that two databases with the same definitions give equal models.
 * Numbers that change without any DDL (row estimates, sizes, scan counts) live in `statistics` members only.
 */

/** Everything `readCatalog` knows about one database, ordered by schema and name. */
export interface Catalog {
  readonly formatVersion: 1;
  readonly database: string;
  readonly server: { readonly versionNumber: number; readonly version: string };
  readonly encoding: string;
  readonly schemas: readonly Schema[];
  readonly extensions: readonly Extension[];
  readonly relations: readonly Relation[];
  readonly sequences: readonly Sequence[];
  readonly enums: readonly EnumType[];
  readonly domains: readonly DomainType[];
  readonly composites: readonly CompositeType[];
  readonly ranges: readonly RangeType[];
  readonly functions: readonly Routine[];
  readonly eventTriggers: readonly EventTrigger[];
  readonly publications: readonly Publication[];
}

/** A schema that is not PostgreSQL's own. */
export interface Schema {
  readonly name: string;
  readonly owner: string;
  readonly comment: string | null;
  readonly grants: readonly Grant[];
}

/** One privilege as the catalog's ACL states it; `grantee` is `PUBLIC` for everybody. */
export interface Grant {
  readonly grantee: string;
  readonly grantor: string;
  readonly privilege: string;
  readonly grantable: boolean;
}

/** An installed extension. */
export interface Extension {
  readonly name: string;
  readonly schema: string;
  readonly version: string;
  readonly comment: string | null;
  /** What the extension owns, as `pg_describe_object` names it, sorted. */
  readonly members: readonly string[];
}

/** What a relation is. */
export type RelationKind =
  | 'table'
  | 'partitioned table'
  | 'foreign table'
  | 'view'
  | 'materialized view';

/** Names a relation, type, sequence or routine: schema and name, exactly as the catalog spells them. */
export interface RelationName {
  readonly schema: string;
  readonly name: string;
}

/** A table or view of any kind, with all that belongs to it. */
export interface Relation extends RelationName {
  readonly kind: RelationKind;
  readonly persistence: 'permanent' | 'unlogged' | 'temporary';
  readonly owner: string;
  readonly comment: string | null;
  readonly columns: readonly Column[];
  /** Primary key, unique, foreign key, check, exclusion and (PostgreSQL 18) not-null constraints. */
  readonly constraints: readonly Constraint[];
  readonly indexes: readonly Index[];
  readonly triggers: readonly Trigger[];
  readonly policies: readonly Policy[];
  readonly rules: readonly Rule[];
  readonly grants: readonly Grant[];
  readonly rowLevelSecurity: 'off' | 'enabled' | 'forced';
  readonly replicaIdentity: 'default' | 'nothing' | 'full' | 'index';
  /** Storage parameters or view options as `name=value`; those of the foreign table for a foreign table. */
  readonly options: readonly string[];
  /** Name of the foreign server; foreign tables only. */
  readonly foreignServer?: string;
  /** `PARTITION BY` expression of a partitioned table. */
  readonly partitionKey: string | null;
  /** Set for a partition: its parent and its bound, as `FOR VALUES …` or `DEFAULT`. */
  readonly partitionOf: (RelationName & { readonly bound: string }) | null;
  /** Parents by plain inheritance, in order. */
  readonly inherits: readonly RelationName[];
  /** Query of a view or materialised view. */
  readonly definition: string | null;
  /** Relations that a view reads. */
  readonly dependsOn: readonly RelationName[];
  readonly statistics: RelationStatistics;
}

/** What PostgreSQL estimates, measures and counts about a relation. */
export interface RelationStatistics {
  /** `pg_class.reltuples`; null when the table was never analysed. */
  readonly estimatedRows: number | null;
  /** Null where the relation keeps no rows of its own (views, partitioned and foreign tables). */
  readonly totalBytes: number | null;
  readonly tableBytes: number | null;
  readonly indexBytes: number | null;
  readonly sequentialScans: number | null;
  readonly indexScans: number | null;
  readonly liveRows: number | null;
  readonly deadRows: number | null;
}

/** A column of a relation. */
export interface Column {
  readonly name: string;
  /** 1-based place in the table as a person would count it (dropped columns left out). */
  readonly position: number;
  /** As `format_type` prints it, for example `character varying(255)` or `app."Mood"[]`. */
  readonly type: string;
  readonly notNull: boolean;
  /** Default expression, or the expression of a generated column. */
  readonly default: string | null;
  readonly identity: 'always' | 'by default' | null;
  readonly generated: 'stored' | 'virtual' | null;
  /** Only where it differs from the type's own. */
  readonly collation: string | null;
  readonly comment: string | null;
  readonly grants: readonly Grant[];
  /** Name of the enum, domain or composite behind the type (element type of an array), else null. */
  readonly userType:
    | (RelationName & { readonly kind: 'enum' | 'domain' | 'composite' | 'range' })
    | null;
  readonly isArray: boolean;
}

/** A constraint of any kind. */
export type Constraint =
  | PrimaryKeyConstraint
  | UniqueConstraint
  | ForeignKeyConstraint
  | CheckConstraint
  | ExclusionConstraint
  | NotNullConstraint;

interface ConstraintBase {
  readonly name: string;
  /** As `pg_get_constraintdef` prints it. */
  readonly definition: string;
  readonly deferrable: boolean;
  readonly initiallyDeferred: boolean;
  readonly validated: boolean;
  /** False when it came from a parent (partition or inheritance) only. */
  readonly isLocal: boolean;
  readonly comment: string | null;
}

/** A primary key. */
export interface PrimaryKeyConstraint extends ConstraintBase {
  readonly kind: 'primary key';
  readonly columns: readonly string[];
  readonly index: string;
}

/** A unique constraint. */
export interface UniqueConstraint extends ConstraintBase {
  readonly kind: 'unique';
  readonly columns: readonly string[];
  readonly index: string;
  readonly nullsNotDistinct: boolean;
}

/** What happens to referencing rows. */
export type ForeignKeyAction = 'no action' | 'restrict' | 'cascade' | 'set null' | 'set default';

/** A foreign key, as it was declared: rows that PostgreSQL adds for partitions are left out. */
export interface ForeignKeyConstraint extends ConstraintBase {
  readonly kind: 'foreign key';
  readonly columns: readonly string[];
  readonly references: RelationName & { readonly columns: readonly string[] };
  readonly onUpdate: ForeignKeyAction;
  readonly onDelete: ForeignKeyAction;
  /** Columns of `ON DELETE SET NULL (…)`; empty when all are set. */
  readonly onDeleteColumns: readonly string[];
  readonly match: 'simple' | 'full' | 'partial';
}

/** A check constraint. */
export interface CheckConstraint extends ConstraintBase {
  readonly kind: 'check';
  readonly columns: readonly string[];
  /** The expression alone, as `pg_get_expr` prints it. */
  readonly expression: string;
  readonly noInherit: boolean;
}

/** An exclusion constraint. */
export interface ExclusionConstraint extends ConstraintBase {
  readonly kind: 'exclusion';
  readonly columns: readonly string[];
  readonly index: string;
}

/** A not-null constraint, which PostgreSQL 18 and later list by name. */
export interface NotNullConstraint extends ConstraintBase {
  readonly kind: 'not null';
  readonly columns: readonly string[];
}

/** An index, those of constraints included. */
export interface Index {
  readonly name: string;
  readonly method: string;
  readonly isUnique: boolean;
  readonly isPrimary: boolean;
  readonly isExclusion: boolean;
  /** False for the leftover of a failed concurrent build. */
  readonly isValid: boolean;
  readonly isReady: boolean;
  readonly nullsNotDistinct: boolean;
  /** Key parts in order; `column` is null for an expression. */
  readonly keys: readonly IndexKey[];
  /** Columns of `INCLUDE`. */
  readonly includes: readonly string[];
  readonly predicate: string | null;
  /** As `pg_get_indexdef` prints it. */
  readonly definition: string;
  /** Set when the index is a partition of an index of the parent table. */
  readonly isPartition: boolean;
  readonly comment: string | null;
  readonly statistics: IndexStatistics;
}

/** Size and use of an index. */
export interface IndexStatistics {
  readonly bytes: number | null;
  readonly scans: number | null;
}

/** One key part of an index. */
export interface IndexKey {
  readonly column: string | null;
  readonly expression: string;
  readonly descending: boolean;
  readonly nullsFirst: boolean;
  /** Only where it differs from the column's own: equality on the column then cannot use the index. */
  readonly collation?: string;
}

/** A trigger that was declared; its copies on partitions are left out. */
export interface Trigger {
  readonly name: string;
  readonly definition: string;
  readonly enabled: 'origin' | 'always' | 'replica' | 'disabled';
  readonly function: RelationName;
  readonly comment: string | null;
}

/** A row-level security policy. */
export interface Policy {
  readonly name: string;
  readonly command: 'all' | 'select' | 'insert' | 'update' | 'delete';
  readonly permissive: boolean;
  readonly roles: readonly string[];
  readonly using: string | null;
  readonly withCheck: string | null;
  readonly comment: string | null;
}

/** A rewrite rule, but for the one that makes a view a view. */
export interface Rule {
  readonly name: string;
  readonly definition: string;
  readonly enabled: 'origin' | 'always' | 'replica' | 'disabled';
  readonly comment: string | null;
}

/** A sequence. Bounds and steps are texts, because they can exceed what a number holds. */
export interface Sequence extends RelationName {
  readonly type: string;
  readonly start: string;
  readonly increment: string;
  readonly minimum: string;
  readonly maximum: string;
  readonly cache: string;
  readonly cycle: boolean;
  readonly ownedBy:
    | (RelationName & { readonly column: string; readonly dependency: 'auto' | 'internal' })
    | null;
  readonly owner: string;
  readonly comment: string | null;
  readonly grants: readonly Grant[];
}

/** An enum. */
export interface EnumType extends RelationName {
  /** Labels in their sort order. */
  readonly labels: readonly string[];
  readonly owner: string;
  readonly comment: string | null;
}

/** A domain. */
export interface DomainType extends RelationName {
  readonly baseType: string;
  readonly notNull: boolean;
  readonly default: string | null;
  readonly collation: string | null;
  readonly constraints: readonly {
    readonly name: string;
    readonly definition: string;
    readonly validated: boolean;
  }[];
  readonly owner: string;
  readonly comment: string | null;
}

/** A composite type that was declared; row types of tables are left out. */
export interface CompositeType extends RelationName {
  readonly attributes: readonly { readonly name: string; readonly type: string }[];
  readonly owner: string;
  readonly comment: string | null;
}

/** A range type. */
export interface RangeType extends RelationName {
  readonly subtype: string;
  readonly owner: string;
  readonly comment: string | null;
}

/** A function, procedure or aggregate. */
export interface Routine extends RelationName {
  readonly kind: 'function' | 'procedure' | 'aggregate' | 'window';
  /** Argument types that identify it, as `pg_get_function_identity_arguments` prints them. */
  readonly identityArguments: string;
  readonly arguments: string;
  readonly result: string | null;
  readonly language: string;
  readonly volatility: 'immutable' | 'stable' | 'volatile';
  readonly securityDefiner: boolean;
  readonly strict: boolean;
  readonly configuration: readonly string[];
  /** `CREATE OR REPLACE FUNCTION …`; null for an aggregate. */
  readonly definition: string | null;
  readonly owner: string;
  readonly comment: string | null;
  readonly grants: readonly Grant[];
}

/** An event trigger. */
export interface EventTrigger {
  readonly name: string;
  readonly event: string;
  readonly enabled: 'origin' | 'always' | 'replica' | 'disabled';
  readonly function: RelationName;
  readonly tags: readonly string[];
}

/** A publication of logical replication. */
export interface Publication {
  readonly name: string;
  readonly allTables: boolean;
  /** Tables named one by one. */
  readonly tables: readonly RelationName[];
  /** Schemas of `FOR TABLES IN SCHEMA`. */
  readonly schemas: readonly string[];
}
