import { type SqlFragment, sql } from '../query/sql.ts';

/**
 * How the values of an ordering column travel: as text made by the server and read back by the server, so that
 * microseconds, numerics and collations are its business alone.
 */
interface ColumnType {
  /** The column as an element of a JSON array: times as ISO 8601 whatever DateStyle says, all else as text. */
  readonly asJson: (column: SqlFragment) => SqlFragment;
  readonly asValue: (text: string) => SqlFragment;
  /** Whether the server will read this text; refuses what somebody made up before it is sent. */
  readonly accepts: (text: string) => boolean;
  /** A value to describe and plan statements with. */
  readonly sample: string;
}

/** The types that a list can be ordered by. `text` is for `varchar` too. */
export type KeysetType =
  | 'text'
  | 'bool'
  | 'int2'
  | 'int4'
  | 'int8'
  | 'float8'
  | 'numeric'
  | 'date'
  | 'timestamp'
  | 'timestamptz'
  | 'uuid';

const asText = (column: SqlFragment): SqlFragment => sql`(${column})::text`;
const asItself = (column: SqlFragment): SqlFragment => column;
const matches = (pattern: RegExp) => (text: string) => pattern.test(text);

function integer(bits: 16 | 32 | 64): (text: string) => boolean {
  return (text) => {
    if (!/^(0|-?[1-9]\d{0,18})$/.test(text)) return false;
    const value = BigInt(text);
    return BigInt.asIntN(bits, value) === value;
  };
}

const DAY = String.raw`\d{4,7}-(0[1-9]|1[0-2])-(0[1-9]|[12]\d|3[01])`;
const TIME = String.raw`T([01]\d|2[0-3]):[0-5]\d:[0-5]\d(\.\d{1,6})?`;
const ZONE = String.raw`[+-]\d\d:\d\d(:\d\d)?`;
const instant = (form: string) => matches(new RegExp(`^(${form}( BC)?|-?infinity)$`));

/** PostgreSQL manual, chapter 8 (Data Types), for what the server writes and reads. */
export const COLUMN_TYPES: Readonly<Record<KeysetType, ColumnType>> = {
  text: {
    asJson: asText,
    asValue: (text) => sql`${text}::text`,
    accepts: (text) => !text.includes('\0'),
    sample: 'm',
  },
  bool: {
    asJson: asText,
    asValue: (text) => sql`${text}::bool`,
    accepts: matches(/^(true|false)$/),
    sample: 'true',
  },
  int2: {
    asJson: asText,
    asValue: (text) => sql`${text}::int2`,
    accepts: integer(16),
    sample: '1',
  },
  int4: {
    asJson: asText,
    asValue: (text) => sql`${text}::int4`,
    accepts: integer(32),
    sample: '1',
  },
  int8: {
    asJson: asText,
    asValue: (text) => sql`${text}::int8`,
    accepts: integer(64),
    sample: '1',
  },
  float8: {
    asJson: asText,
    asValue: (text) => sql`${text}::float8`,
    accepts: (text) =>
      /^(NaN|-?Infinity)$/.test(text) ||
      (/^-?\d{1,400}(\.\d{1,400})?(e[+-]\d{1,3})?$/.test(text) && Number.isFinite(Number(text))),
    sample: '1',
  },
  numeric: {
    asJson: asText,
    asValue: (text) => sql`${text}::numeric`,
    accepts: matches(/^(NaN|-?Infinity|-?\d{1,131072}(\.\d{1,16383})?)$/),
    sample: '1',
  },
  date: {
    asJson: asItself,
    asValue: (text) => sql`${text}::date`,
    accepts: instant(DAY),
    sample: '2000-01-01',
  },
  timestamp: {
    asJson: asItself,
    asValue: (text) => sql`${text}::timestamp`,
    accepts: instant(DAY + TIME),
    sample: '2000-01-01T00:00:00',
  },
  timestamptz: {
    asJson: asItself,
    asValue: (text) => sql`${text}::timestamptz`,
    accepts: instant(DAY + TIME + ZONE),
    sample: '2000-01-01T00:00:00+00:00',
  },
  uuid: {
    asJson: asText,
    asValue: (text) => sql`${text}::uuid`,
    accepts: matches(/^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/),
    sample: '00000000-0000-0000-0000-000000000000',
  },
};
