/** Statements that the server understands and refuses, or does not understand. */
import { conditionText, ServerError, type ServerFailure } from './server-error.ts';

function at({ near }: ServerFailure): string {
  return near === null ? '' : ` at ${near}`;
}

/** Something that the statement names is not there: a function, a type, a schema (42883, 42704, 3F000, …). */
export class UndefinedObjectError extends ServerError {
  readonly code: `TOTHUB_CORE_UNDEFINED_${string}` = 'TOTHUB_CORE_UNDEFINED_OBJECT';
  readonly isRetryable = false;
  constructor(failure: ServerFailure) {
    super(
      failure,
      `The statement names what is not there${at(failure)}: ${conditionText(failure.report)}. Run the migrations that this version of the code needs.`,
    );
  }
}

/** A table that the statement names is not there (42P01). */
export class UndefinedTableError extends UndefinedObjectError {
  override readonly code = 'TOTHUB_CORE_UNDEFINED_TABLE';
}

/** A column that the statement names is not there (42703). */
export class UndefinedColumnError extends UndefinedObjectError {
  override readonly code = 'TOTHUB_CORE_UNDEFINED_COLUMN';
}

/** The server does not take the statement: syntax, types, limits, features (classes 0A, 42, 54 and others). */
export class StatementRejectedError extends ServerError {
  readonly code = 'TOTHUB_CORE_STATEMENT_REJECTED';
  readonly isRetryable = false;
  constructor(failure: ServerFailure) {
    super(
      failure,
      `The server does not take the statement${at(failure)}: ${conditionText(failure.report)}. Mend its SQL.`,
    );
  }
}

/** The prepared statement is not there, or another one has its name (26000, 42P05): a pooler in between. */
export class PreparedStatementError extends ServerError {
  readonly code = 'TOTHUB_CORE_PREPARED_STATEMENT';
  readonly isRetryable = true;
  constructor(failure: ServerFailure) {
    super(
      failure,
      `The connection lost track of its prepared statements: ${conditionText(failure.report)}. Behind a transaction pooler, open the database with mode 'pooler'.`,
    );
  }
}

/** A value does not fit its type, or a computation has no result (classes 21 and 22). */
export class ValueRejectedError extends ServerError {
  readonly code = 'TOTHUB_CORE_VALUE_REJECTED';
  readonly isRetryable = false;
  constructor(failure: ServerFailure) {
    super(
      failure,
      `A value was refused: ${conditionText(failure.report)}. Check the values that were sent against the types of the columns.`,
    );
  }
}

/** A function or a trigger of the database raised an error (class P0 and codes of the application's own). */
export class RaisedError extends ServerError {
  readonly code = 'TOTHUB_CORE_RAISED';
  readonly isRetryable = false;
  constructor(failure: ServerFailure) {
    super(
      failure,
      `A function or a trigger of the database refused: ${conditionText(failure.report)}. The server's log has its words.`,
    );
  }
}

/** A command that does not fit the state of the transaction, such as one after an error (class 25 and others). */
export class TransactionStateError extends ServerError {
  readonly code = 'TOTHUB_CORE_TRANSACTION_STATE';
  readonly isRetryable = false;
  constructor(failure: ServerFailure) {
    super(
      failure,
      `The transaction is not in a state for this: ${conditionText(failure.report)}. After a failed statement only a savepoint around it lets the transaction go on.`,
    );
  }
}
