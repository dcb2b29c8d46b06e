/** Rows that a constraint of the database refused. `mapConstraints` turns them into errors of the domain. */
import { conditionText, ServerError, type ServerFailure, tableText } from './server-error.ts';

/** A constraint refused a row; nothing was written. `constraint`, `table` and `schema` name it. */
export abstract class ConstraintViolationError extends ServerError {
  readonly isRetryable = false;
}

function subject({ report }: ServerFailure): string {
  return `${report.constraint ?? 'a constraint without a name'}${tableText(report)}`;
}

/** A row with the same key is there already (23505). */
export class UniqueViolationError extends ConstraintViolationError {
  readonly code = 'TOTHUB_CORE_UNIQUE_VIOLATION';
  constructor(failure: ServerFailure) {
    super(
      failure,
      `The key ${subject(failure)} is taken. Use the row that has it, or another value.`,
    );
  }
}

/** A row refers to one that is not there, or one that is still referred to was to go (23503, 23001). */
export class ForeignKeyViolationError extends ConstraintViolationError {
  readonly code = 'TOTHUB_CORE_FOREIGN_KEY_VIOLATION';
  constructor(failure: ServerFailure) {
    super(
      failure,
      `The reference ${subject(failure)} would lead nowhere. Write the row it refers to first, or remove what still refers to a row before the row.`,
    );
  }
}

/** A value or a row breaks a rule (23514). */
export class CheckViolationError extends ConstraintViolationError {
  readonly code = 'TOTHUB_CORE_CHECK_VIOLATION';
  constructor(failure: ServerFailure) {
    super(failure, `The rule ${subject(failure)} refuses the row. Send values that keep it.`);
  }
}

/** A column that needs a value got none (23502). */
export class NotNullViolationError extends ConstraintViolationError {
  readonly code = 'TOTHUB_CORE_NOT_NULL_VIOLATION';
  constructor(failure: ServerFailure) {
    super(
      failure,
      `The column ${failure.report.column ?? 'without a name'}${tableText(failure.report)} needs a value. Send one.`,
    );
  }
}

/** A row overlaps another one that excludes it (23P01). */
export class ExclusionViolationError extends ConstraintViolationError {
  readonly code = 'TOTHUB_CORE_EXCLUSION_VIOLATION';
  constructor(failure: ServerFailure) {
    super(
      failure,
      `The row collides with another one under ${subject(failure)}. Change the range, or the other row.`,
    );
  }
}

/** Another integrity condition: the rest of class 23, a view's check option, a constraint deferred to the commit. */
export class IntegrityError extends ConstraintViolationError {
  readonly code = 'TOTHUB_CORE_INTEGRITY';
  constructor(failure: ServerFailure) {
    super(
      failure,
      `The database refuses the row: ${conditionText(failure.report)}. Send values that keep its rules.`,
    );
  }
}
