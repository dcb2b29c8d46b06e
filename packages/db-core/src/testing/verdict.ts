/** Whether a value may be NULL: never, at times, or not to be known from here; and why. */
export interface Verdict {
  readonly null: 'never' | 'maybe' | 'unknown';
  readonly because: string;
}

export const never = (because: string): Verdict => ({ null: 'never', because });
export const maybe = (because: string): Verdict => ({ null: 'maybe', because });
/** A row with NULL there is not found at all. A row schema that is shared with other queries may still allow it. */
export const excluded = never('a condition of the statement excludes it');
export const unknown: Verdict = { null: 'unknown', because: 'nothing is known of it' };

/** NULL as soon as one of them is: a strict function or operator, or the members of a UNION. */
export function strictOf(verdicts: readonly Verdict[], because: string): Verdict {
  return (
    verdicts.find((verdict) => verdict.null === 'maybe') ??
    verdicts.find((verdict) => verdict.null === 'unknown') ??
    never(because)
  );
}
