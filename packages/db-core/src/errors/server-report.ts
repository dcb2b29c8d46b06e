import { conditionOf } from './sqlstates.ts';

/**
 * What a server said about an error, without what may quote a row: message, detail, hint, where and the internal
 * query are left behind, names and numbers are kept.
 */
export interface ServerReport {
  readonly sqlstate: string;
  /** The condition's name in Appendix A of the manual; null for a code of the application's own. */
  readonly condition: string | null;
  readonly schema: string | null;
  readonly table: string | null;
  readonly column: string | null;
  readonly dataType: string | null;
  readonly constraint: string | null;
  /** The character of the statement, from 1, that the server points at. */
  readonly position: number | null;
  /** The function of the server's source that spoke. */
  readonly routine: string | null;
}

const SQLSTATE = /^[0-9A-Z]{5}$/;
/** More than any library wraps an error. */
const DEPTH = 8;

/** Finds the server's report in an error of a driver, or in what it was wrapped into; null without one. */
export function serverReport(error: unknown): ServerReport | null {
  let at = error;
  for (let depth = 0; depth < DEPTH && typeof at === 'object' && at !== null; depth++) {
    const fields = at as Record<string, unknown>;
    // Only a server has a severity: EPIPE would pass for a SQLSTATE.
    if (
      typeof fields.code === 'string' &&
      SQLSTATE.test(fields.code) &&
      typeof fields.severity === 'string'
    ) {
      return reportOf(fields.code, fields);
    }
    at = fields.cause;
  }
  return null;
}

function reportOf(sqlstate: string, fields: Record<string, unknown>): ServerReport {
  const name = (key: string): string | null => {
    const value = fields[key];
    return typeof value === 'string' && value !== '' ? value : null;
  };
  const position = Number(fields.position);
  return {
    sqlstate,
    condition: conditionOf(sqlstate),
    schema: name('schema'),
    table: name('table'),
    column: name('column'),
    dataType: name('dataType'),
    constraint: name('constraint'),
    position: Number.isInteger(position) && position > 0 ? position : null,
    routine: name('routine'),
  };
}
