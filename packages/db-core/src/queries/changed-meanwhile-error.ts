import { DomainError } from '../errors.ts';

/** A row is not what the caller took it for: somebody was quicker. Nothing was written. */
export class ChangedMeanwhileError extends DomainError {
  readonly code = 'TOTHUB_CORE_CHANGED_MEANWHILE';

  constructor() {
    super(
      'Somebody else has changed the row meanwhile; nothing was written. Read it again and decide anew.',
    );
  }
}
