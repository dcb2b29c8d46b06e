/** Settings that decide how PostgreSQL prints values: pinned wherever a text must not depend on who is connected. */
export const OUTPUT_SETTINGS = {
  DateStyle: 'ISO, YMD',
  TimeZone: 'UTC',
  IntervalStyle: 'iso_8601',
  extra_float_digits: '1',
  bytea_output: 'hex',
};

/** Limits of a session that reads for long: none but the wait for a lock. */
export const PATIENT_SETTINGS = {
  lock_timeout: '500ms',
  // Rows hidden by a policy would be left out in silence, or seem deleted; off makes PostgreSQL refuse instead.
  row_security: 'off',
  // Limits that a database sets for its web requests would end a long read in the middle.
  statement_timeout: '0',
  idle_in_transaction_session_timeout: '0',
  transaction_timeout: '0',
};
