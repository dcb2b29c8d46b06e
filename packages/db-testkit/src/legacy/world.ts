import { hash32, hex8, mix32, Random } from './random.ts';

/** What COPY can be given for one column. */
export type Value = string | number | boolean | null | readonly string[];
export type Row = Readonly<Record<string, Value>>;

/** Where a row stands. The rows of scale 1 repeat in blocks: `role` is the row's part in its block. */
export interface Place {
  readonly index: number;
  readonly role: number;
  readonly block: number;
  readonly id: string;
  readonly random: Random;
}

export interface LegacyTable {
  readonly name: string;
  /** How many rows the legacy database held. */
  readonly rows: number;
  /** `activity` grows with the scale, `people` ten times slower, the rest not at all. */
  readonly growth?: 'activity' | 'people';
  /** The row at a place. Every row of a table has the same columns, in the same order. */
  readonly row: (place: Place, world: World) => Row;
}

/** One seed at one scale: the same place always gives the same id and the same random numbers. */
export class World {
  readonly seed: number;
  readonly scale: number;

  constructor(seed: number, scale: number) {
    this.seed = seed;
    this.scale = scale;
  }

  blocks(table: LegacyTable): number {
    if (table.growth === 'activity') return this.scale;
    return table.growth === 'people' ? Math.ceil(this.scale / 10) : 1;
  }

  count(table: LegacyTable): number {
    return table.rows * this.blocks(table);
  }

  at(table: LegacyTable, index: number): Place {
    const role = index % table.rows;
    const start = mix32(hash32(`${this.seed}:${table.name}`) ^ index);
    const random = new Random(start);
    // The first group is a bijection of the index, so ids of a table never collide.
    const [a, b, c] = [random.bits(), random.bits(), random.bits()];
    const id = `${hex8(start)}-${hex8(a).slice(0, 4)}-4${hex8(a).slice(5)}-a${hex8(b).slice(5)}-${hex8(b).slice(0, 4)}${hex8(c)}`;
    return { index, role, block: (index - role) / table.rows, id, random };
  }

  /** The id of a row of a table, counted around when the table is shorter. */
  id(table: LegacyTable, index: number): string {
    return this.at(table, index % this.count(table)).id;
  }

  *rows(table: LegacyTable): Generator<Row> {
    const count = this.count(table);
    for (let index = 0; index < count; index++) yield table.row(this.at(table, index), this);
  }
}

const MINUTE = 60_000;
/** The day on which the legacy database was looked at: rows lie before it. */
const TODAY = Date.UTC(2025, 7, 12);

/** A timestamp `days` before the fixture's today, at `minutes` after midnight. */
export function daysAgo(days: number, minutes = 0): string {
  return new Date(TODAY - days * 1440 * MINUTE + minutes * MINUTE)
    .toISOString()
    .slice(0, 23)
    .replace('T', ' ');
}

/** A calendar day `days` before the fixture's today. */
export function dayAgo(days: number): string {
  return daysAgo(days).slice(0, 10);
}
