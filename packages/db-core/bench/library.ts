/** What every library does in the bench, each in the way its documentation shows. */
export interface Library {
  readonly name: string;
  /** One row of twelve columns by its primary key. */
  byKey(id: number): Promise<unknown>;
  /** 1,000 rows of twelve columns. */
  thousand(): Promise<unknown>;
  /** Fifty books with their authors behind a place in the order of titles. */
  page(after: PageStart): Promise<unknown>;
  /** All of these rows into an empty table, in one call. */
  insert(rows: readonly Entry[]): Promise<unknown>;
  /** An insert that violates a unique key; the error is caught. */
  fail(): Promise<unknown>;
  /** The same insert with ON CONFLICT DO NOTHING. */
  skip(): Promise<unknown>;
  /** One row by its primary key, with a division in it: by 0 it fails. */
  divide(by: number): Promise<unknown>;
  close(): Promise<unknown>;
}

interface PageStart {
  readonly title: string;
  readonly id: number;
}

export interface Entry {
  readonly id: number;
  readonly label: string;
  readonly amount: number;
  readonly notedAt: Date;
}

export type OpenLibrary = (url: string, poolSize: number) => Promise<Library>;

/** Runs what must fail, and fails when it does not. */
export async function expectError(failing: Promise<unknown>): Promise<void> {
  let failed = false;
  await failing.catch(() => {
    failed = true;
  });
  if (!failed) throw new Error('The insert was expected to violate a unique key.');
}
