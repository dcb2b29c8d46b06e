/** One thing that a verification looked at. */
export interface Check {
  readonly name: string;
  readonly status: 'passed' | 'failed' | 'skipped';
  readonly detail: string;
}

/** A check that found what it should. */
export function passed(name: string, detail: string): Check {
  return { name, status: 'passed', detail };
}

/** A check that found something else, named without values. */
export function failed(name: string, detail: string): Check {
  return { name, status: 'failed', detail };
}

/** A check that could not be made, or had nothing to look at. */
export function skipped(name: string, detail: string): Check {
  return { name, status: 'skipped', detail };
}
