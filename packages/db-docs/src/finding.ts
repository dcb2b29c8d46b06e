/** What a finding is about. `table` names any relation; `name` an index, constraint, trigger or policy of it. */
export interface FindingObject {
  readonly schema: string;
  readonly table?: string;
  readonly domain?: string;
  readonly column?: string;
  readonly columns?: readonly string[];
  readonly name?: string;
}

/** One fact about the schema that somebody should look at. */
export interface Finding {
  /** Kebab-case noun, for example `unindexed-foreign-key`. */
  readonly rule: string;
  readonly severity: 'error' | 'warning' | 'info';
  readonly object: FindingObject;
  /** Plain text: what is the case, and what to do about it. */
  readonly message: string;
}
