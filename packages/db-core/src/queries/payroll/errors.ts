import { DomainError } from '../../errors.ts';

/** The period is paid or closed; nothing was changed. */
export class PayPeriodFinishedError extends DomainError {
  readonly code = 'TOTHUB_CORE_PAY_PERIOD_FINISHED';

  constructor() {
    super(
      'The pay period has been paid or closed already. Read its pay stubs; correct in the next.',
    );
  }
}

/** Another period has some of these days; nothing was written. */
export class PayPeriodOverlapsError extends DomainError {
  readonly code = 'TOTHUB_CORE_PAY_PERIOD_OVERLAPS';

  constructor() {
    super('Another pay period has some of these days. Begin behind its end.');
  }
}

/** Somebody worked and has no rate to be paid by; nobody was paid. */
export class MissingPayRateError extends DomainError {
  readonly code = 'TOTHUB_CORE_MISSING_PAY_RATE';
  /** Who has none. */
  readonly staffIds: readonly string[];

  constructor(staffIds: readonly string[]) {
    super(
      `${staffIds.length} of the staff worked and have no hourly rate or salary. Set them, then run again.`,
    );
    this.staffIds = staffIds;
  }
}

/** A withholding is negative, or no whole number of cents, or they exceed the pay; nobody was paid. */
export class WithholdingError extends DomainError {
  readonly code = 'TOTHUB_CORE_WITHHOLDING';
  /** Whose pay it is. */
  readonly staffId: string;

  constructor(staffId: string) {
    super(
      'What is withheld from a pay must be whole cents, from 0 to the pay. Mend the withholding, then run again.',
    );
    this.staffId = staffId;
  }
}

/** Somebody has several pay stubs for the period, from before the database forbade it; nobody was paid. */
export class DuplicatePayStubsError extends DomainError {
  readonly code = 'TOTHUB_CORE_DUPLICATE_PAY_STUBS';
  /** Who has several. */
  readonly staffIds: readonly string[];

  constructor(staffIds: readonly string[]) {
    super(
      `${staffIds.length} of the staff have several pay stubs for the period. Keep one each, then run again.`,
    );
    this.staffIds = staffIds;
  }
}
