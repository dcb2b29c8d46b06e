import { DomainError } from '../../errors.ts';

/** The person had left its shift before; the time of then was kept. */
export class ShiftEndedError extends DomainError {
  readonly code = 'TOTHUB_CORE_SHIFT_ENDED';

  constructor() {
    super('The shift has ended already; its time was kept. Read the shift again, or plan another.');
  }
}

/** The person has not come to its shift, or came after the time that it is said to have left. */
export class ShiftNotStartedError extends DomainError {
  readonly code = 'TOTHUB_CORE_SHIFT_NOT_STARTED';

  constructor() {
    super('Nobody had come to the shift by that time. Mark the person as present first.');
  }
}
