import type { PgTypeName } from '../query/pg-type.ts';

/** The types of columns that rows can be written to in bulk; `_text` is `text[]`. `text` is for `varchar` too. */
export type BulkType = Exclude<PgTypeName, 'enum'>;

/** What the values of a column are. */
export interface BulkValues {
  text: string;
  bool: boolean;
  int2: number;
  int4: number;
  int8: number | bigint | string;
  float8: number;
  /** Exact, so a string. */
  numeric: string | bigint;
  /** `YYYY-MM-DD` */
  date: string;
  /** A Date in UTC; a string of ISO 8601 for microseconds and what else a Date cannot hold. */
  timestamp: Date | string;
  timestamptz: Date | string;
  uuid: string;
  /** Anything that JSON can say; null is the NULL of SQL. */
  json: unknown;
  jsonb: unknown;
  bytea: Uint8Array;
  _text: readonly (string | null)[];
  _int4: readonly (number | null)[];
}

/** Name in the table, and type, of each column that rows are written to; columns left out get their default. */
export type BulkColumns = Readonly<Record<string, readonly [column: string, type: BulkType]>>;

/** A row for these columns. */
export type BulkRow<C extends BulkColumns> = {
  readonly [K in keyof C]: BulkValues[C[K][1]] | null;
};

/** A table: its schema and its name, as they are, without quotes. */
export type BulkTable = readonly [schema: string, table: string];
