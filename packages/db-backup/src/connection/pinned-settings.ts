import type pg from 'pg';

/**
 * Settings under which a value always reads as the same text, on every server and whatever the database or
 * role sets by default; no timeout may end a long read, and row-level security must fail instead of hiding
 * rows. PostgreSQL manual: Client Connection Defaults.
 */
const SETTINGS = `
SET client_encoding = 'UTF8'; SET standard_conforming_strings = on; SET search_path = '';
SET DateStyle = 'ISO, YMD'; SET IntervalStyle = 'postgres'; SET TimeZone = 'UTC';
SET extra_float_digits = 1; SET bytea_output = 'hex'; SET xmlbinary = 'base64';
SET lc_monetary = 'C'; SET quote_all_identifiers = off; SET row_security = off;
SET statement_timeout = 0; SET lock_timeout = 0; SET idle_in_transaction_session_timeout = 0;
`;

/** Pins the settings of a session. */
export async function pinSettings(client: pg.Client): Promise<void> {
  await client.query(SETTINGS);
  // Known from PostgreSQL 17 on.
  await client.query(
    `SELECT set_config(name, '0', false) FROM pg_settings WHERE name = 'transaction_timeout'`,
  );
}
