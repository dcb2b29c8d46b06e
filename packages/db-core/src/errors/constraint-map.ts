import type { ConstraintViolationError } from './constraint-errors.ts';
import type { DatabaseError } from './database-error.ts';

/** Makes the error of the domain out of the violation, which becomes its cause. */
export type MakeDomainError = (cause: ConstraintViolationError) => DatabaseError;

/** Errors of the domain by the name of the constraint. */
export type ConstraintErrors = ReadonlyMap<string, MakeDomainError>;

/**
 * Gives constraints a meaning: a violation of one of them becomes an error of the domain. Several maps are joined,
 * the later one wins.
 *
 * @example
 * const constraints = mapConstraints({
 *   staff_email_unique: (cause) => new EmailTakenError(cause),
 * });
 * defineQuery({ name: 'createStaff', constraints, … });
 */
export function mapConstraints(
  ...maps: readonly (Readonly<Record<string, MakeDomainError>> | ConstraintErrors)[]
): ConstraintErrors {
  return new Map(maps.flatMap((map) => [...(map instanceof Map ? map : Object.entries(map))]));
}
