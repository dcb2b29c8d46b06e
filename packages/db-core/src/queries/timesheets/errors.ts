import { DomainError } from '../../errors.ts';

/** The person has not clocked in within the last 24 hours, or has clocked out since. */
export class NotClockedInError extends DomainError {
  readonly code = 'TOTHUB_CORE_NOT_CLOCKED_IN';

  constructor() {
    super(
      'The person is not clocked in, or since more than 24 hours. Clock in, or mend that entry.',
    );
  }
}
