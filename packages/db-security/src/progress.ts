/** What the long runs tell while they work. Names and counts only. */
export type SecretProgress =
  | {
      /** Told after each page of rows. */
      readonly phase: 'expand' | 'contract' | 'hash' | 'rotate';
      /** `schema.table.column` */
      readonly what: string;
      readonly examined: number;
      readonly written: number;
    }
  | {
      /** Told before each table is searched. */
      readonly phase: 'search';
      /** `schema.table` */
      readonly what: string;
      readonly position: number;
      readonly count: number;
    };
