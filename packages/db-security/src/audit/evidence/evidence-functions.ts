import { eraseFunction } from '../retention/erase-function.ts';
import { dropMonthFunction, makeMonthFunction } from '../retention/month-functions.ts';
import { sealFunction, sealGuard } from './seal-function.ts';

/**
 * The statements that install sealing, retention and erasure in a schema, given as it is quoted; each runs again without
 * harm. They stand after the log, its guards, `write_note` and `add_partitions`. The functions run as the log's owner:
 * their EXECUTE is not for PUBLIC.
 */
export function evidenceStatements(s: string): string[] {
  return [
    ...sealGuard(s),
    sealFunction(s),
    makeMonthFunction(s),
    dropMonthFunction(s),
    eraseFunction(s),
  ];
}
