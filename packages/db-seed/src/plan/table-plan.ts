import type { ForeignKeyConstraint, Relation } from '@tothub/db-catalog';
import type { Facts, FactsByColumn } from '../facts/facts.ts';
import type { ValueGenerator } from '../profile.ts';
import type { ValueType } from '../values/column-type.ts';

/** All that is needed to draw, judge and load the rows of one table. */
export interface TablePlan {
  readonly relation: Relation;
  /** The columns that a row of this table has, generated ones left out. */
  readonly columns: readonly ColumnPlan[];
  readonly checks: readonly CheckPlan[];
  readonly uniques: readonly UniquePlan[];
  readonly exclusions: readonly ExclusionPlan[];
  /** Foreign keys to other tables. */
  readonly references: readonly ForeignKeyConstraint[];
  /** Foreign keys to this very table. */
  readonly selfReferences: readonly ForeignKeyConstraint[];
  /** What each leaf partition takes; a row is drawn for one of them. Empty when any row is taken. */
  readonly partitions: readonly FactsByColumn[];
}

export interface ColumnPlan {
  readonly name: string;
  readonly type: ValueType;
  /** Type that the judging query casts to: the one below any domains. */
  readonly sqlType: string;
  /**
   * `drawn` here; `default` is a constant that the server fills in; `server` is only known after the insert;
   * `sequence` is the same, but can be asked for beforehand; `null` always.
   */
  readonly source: 'drawn' | 'default' | 'server' | 'sequence' | 'null';
  readonly default: string | null;
  /** Quoted, where it is not the type's own. */
  readonly collation: string | null;
  readonly nullable: boolean;
  readonly isUuidText: boolean;
  /** True when the column takes part in a unique key or an exclusion. */
  readonly isDistinct: boolean;
  /** True when it points at a row of its own table: filled in when all rows are drawn. */
  readonly isSelfReference: boolean;
  readonly facts: Facts;
  /** The profile's generator. */
  readonly generator: ValueGenerator | undefined;
  /** Believable text for a column of this name. */
  readonly text: ValueGenerator | undefined;
  /** Columns that this one comes after. */
  readonly earlier: readonly string[];
}

export interface CheckPlan {
  /** As a reason names it: `check constraint a_check`. */
  readonly label: string;
  /** Over the table's columns, or over `VALUE` of the one that is named. */
  readonly expression: string;
  readonly columns: readonly string[];
  readonly domainColumn?: string;
}

export interface UniquePlan {
  readonly label: string;
  readonly expressions: readonly string[];
  /** Set when the key is made of columns only and has no predicate: then no server is needed to compare. */
  readonly columns: readonly string[] | undefined;
  readonly predicate: string | null;
  readonly nullsNotDistinct: boolean;
}

export interface ExclusionPlan {
  readonly label: string;
  readonly parts: readonly { readonly expression: string; readonly operator: string }[];
  readonly predicate: string | null;
}
