import { DomainError } from '../../errors.ts';

/** The child's enrolment had ended before; nothing was changed. */
export class AlreadyUnenrolledError extends DomainError {
  readonly code = 'TOTHUB_CORE_ALREADY_UNENROLLED';

  constructor() {
    super('The child is not enrolled any more; reason and date of then were kept. Read the child.');
  }
}
