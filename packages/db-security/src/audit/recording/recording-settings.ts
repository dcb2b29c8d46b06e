import { quoteLiteral } from '@tothub/db-catalog';
import { OUTPUT_SETTINGS } from '../../output-settings.ts';

/** Settings that decide the texts that are logged; reading the log compares with texts printed under the same. */
export const LOGGING_SETTINGS = { ...OUTPUT_SETTINGS, lc_monetary: 'C' };

/** The SET clause of a function for each of them, by its name. */
export const loggingClauses: readonly (readonly [setting: string, clause: string])[] =
  Object.entries(LOGGING_SETTINGS).map(([name, value]) => [
    name,
    `SET ${name} = ${quoteLiteral(value)}`,
  ]);
