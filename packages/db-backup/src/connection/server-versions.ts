/**
 * Servers from this version on know `transaction_timeout`. Every `pg_dump` and `pg_restore` of that age sets it, and an
 * older server refuses what it does not know.
 */
export const FIRST_MAJOR_WITH_TRANSACTION_TIMEOUT = 17;
