/** What the unique keys of TotHub's database mean to the application. */
import type { ConstraintViolationError } from './constraint-errors.ts';
import { type ConstraintErrors, mapConstraints } from './constraint-map.ts';
import { DatabaseError } from './database-error.ts';

/** A rule of the application that the database keeps; its cause is the violation. */
export abstract class DomainError extends DatabaseError {
  readonly isRetryable = false;

  constructor(message: string, cause?: ConstraintViolationError) {
    super(message, cause === undefined ? {} : { cause, sqlstate: cause.sqlstate });
  }
}

/** Another parent or member of staff has the e-mail address, written the same or in other letters. */
export class EmailTakenError extends DomainError {
  readonly code = 'TOTHUB_CORE_EMAIL_TAKEN';
  constructor(cause?: ConstraintViolationError) {
    super('The e-mail address is taken. Use another one, or the account that has it.', cause);
  }
}

/** Another parent has the user name. */
export class UsernameTakenError extends DomainError {
  readonly code = 'TOTHUB_CORE_USERNAME_TAKEN';
  constructor(cause?: ConstraintViolationError) {
    super('The user name is taken. Choose another one.', cause);
  }
}

/** Another member of staff has the employee number. */
export class EmployeeNumberTakenError extends DomainError {
  readonly code = 'TOTHUB_CORE_EMPLOYEE_NUMBER_TAKEN';
  constructor(cause?: ConstraintViolationError) {
    super('The employee number is taken. Choose another one.', cause);
  }
}

/** The child is checked in on this day and not checked out yet. */
export class AlreadyCheckedInError extends DomainError {
  readonly code = 'TOTHUB_CORE_ALREADY_CHECKED_IN';
  constructor(cause?: ConstraintViolationError) {
    super('The child is checked in already on this day. Check it out first.', cause);
  }
}

/** The member of staff is clocked in on this day and not clocked out yet. */
export class AlreadyClockedInError extends DomainError {
  readonly code = 'TOTHUB_CORE_ALREADY_CLOCKED_IN';
  constructor(cause?: ConstraintViolationError) {
    super('The member of staff is clocked in already on this day. Clock out first.', cause);
  }
}

/** The member of staff has a pay stub for the period. */
export class PayStubExistsError extends DomainError {
  readonly code = 'TOTHUB_CORE_PAY_STUB_EXISTS';
  constructor(cause?: ConstraintViolationError) {
    super('There is a pay stub for this period already. Change that one.', cause);
  }
}

/** A state's compliance rules are active; only one state can be. */
export class ActiveStateExistsError extends DomainError {
  readonly code = 'TOTHUB_CORE_ACTIVE_STATE_EXISTS';
  constructor(cause?: ConstraintViolationError) {
    super('Another state is active already. End it before the next one begins.', cause);
  }
}

/** The ratios of the state are there already. */
export class StateRatiosExistError extends DomainError {
  readonly code = 'TOTHUB_CORE_STATE_RATIOS_EXIST';
  constructor(cause?: ConstraintViolationError) {
    super('There are ratios for this state already. Change those.', cause);
  }
}

/** The setting is there already. */
export class SettingExistsError extends DomainError {
  readonly code = 'TOTHUB_CORE_SETTING_EXISTS';
  constructor(cause?: ConstraintViolationError) {
    super('There is a setting with this key already. Change that one.', cause);
  }
}

/** The user has a profile. */
export class ProfileExistsError extends DomainError {
  readonly code = 'TOTHUB_CORE_PROFILE_EXISTS';
  constructor(cause?: ConstraintViolationError) {
    super('The user has a profile already. Change that one.', cause);
  }
}

/** The child has a report for the day. */
export class DailyReportExistsError extends DomainError {
  readonly code = 'TOTHUB_CORE_DAILY_REPORT_EXISTS';
  constructor(cause?: ConstraintViolationError) {
    super('There is a report for this child and day already. Change that one.', cause);
  }
}

/** Every unique key of TotHub that has a meaning of its own, for the `constraints` of a query. */
export const domainConstraints: ConstraintErrors = mapConstraints({
  staff_email_unique: (cause) => new EmailTakenError(cause),
  parents_email_key: (cause) => new EmailTakenError(cause),
  parents_lower_email_key: (cause) => new EmailTakenError(cause),
  parents_username_key: (cause) => new UsernameTakenError(cause),
  staff_employee_number_key: (cause) => new EmployeeNumberTakenError(cause),
  attendance_open_key: (cause) => new AlreadyCheckedInError(cause),
  timesheet_entries_open_key: (cause) => new AlreadyClockedInError(cause),
  pay_stubs_staff_id_pay_period_id_key: (cause) => new PayStubExistsError(cause),
  state_compliance_active_key: (cause) => new ActiveStateExistsError(cause),
  state_ratios_state_unique: (cause) => new StateRatiosExistError(cause),
  settings_key_unique: (cause) => new SettingExistsError(cause),
  daily_reports_child_id_date_key: (cause) => new DailyReportExistsError(cause),
  user_profiles_user_id_key: (cause) => new ProfileExistsError(cause),
});
