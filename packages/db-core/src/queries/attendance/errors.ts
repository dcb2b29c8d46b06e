import { DomainError } from '../../errors.ts';

/** The stay had ended before; its time and name of then were kept. */
export class AlreadyCheckedOutError extends DomainError {
  readonly code = 'TOTHUB_CORE_ALREADY_CHECKED_OUT';

  constructor() {
    super(
      'The child was checked out already; time and name of then were kept. Read the stay again.',
    );
  }
}

/** The time of the check-out lies before the check-in; nothing was changed. */
export class CheckOutBeforeCheckInError extends DomainError {
  readonly code = 'TOTHUB_CORE_CHECK_OUT_BEFORE_CHECK_IN';

  constructor() {
    super('The check-out would lie before the check-in. Correct its time.');
  }
}
