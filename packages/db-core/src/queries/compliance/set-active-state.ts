/** The change to another state, with its history: no row is lost, and each tells all that was before. */
import { z } from 'zod';
import type { WriteDatabase } from '../../database/database.ts';
import { domainConstraints } from '../../errors.ts';
import { defineQuery, type RowOf } from '../../query/define-query.ts';
import { filledText, id } from '../../query/input.ts';
import { sql } from '../../query/sql.ts';
import { utcNow } from '../../query/utc-now.ts';
import { stateComplianceRow } from '../../rows/index.ts';
import { withTransaction } from '../../transaction/with-transaction.ts';
import { complianceColumns } from './active-state.ts';
import { ratio } from './state-ratios.ts';

const change = z.strictObject({
  state: filledText(100),
  /** Ratios by the name of the age group: `{ infant: '4:1' }`. */
  ratios: z.record(filledText(100), ratio),
  additionalRules: filledText(20_000).nullish(),
  by: id,
  note: filledText(1_000).optional(),
});

/** Waits for whoever is changing the state, until the transaction ends. */
export const lockActiveState = defineQuery({
  name: 'lockActiveState',
  access: 'write',
  input: z.strictObject({}),
  row: null,
  rows: 'none',
  sql: () => sql`SELECT pg_advisory_xact_lock(hashtextextended('state_compliance.is_active', 0))`,
  samples: [{}],
});

/** Ends the active state, if there is one, and begins the next; `setActiveState` asks it under its lock. */
export const replaceActiveState = defineQuery({
  name: 'replaceActiveState',
  access: 'write',
  input: change,
  constraints: domainConstraints,
  row: stateComplianceRow,
  rows: 'one',
  sql: ({ state, ratios, additionalRules, by, note }) => sql`
    WITH said AS (
      SELECT to_char(${utcNow}, 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"')
        || ${`: State changed to "${state}" by ${by}${note === undefined ? '' : `: ${note}`}`} AS entry
    ), ended AS (
      UPDATE public.state_compliance AS compliance
      SET is_active = false, last_updated = ${utcNow},
        audit_log = array_append(coalesce(compliance.audit_log, '{}'), said.entry)
      FROM said WHERE compliance.is_active
      RETURNING compliance.audit_log
    )
    INSERT INTO public.state_compliance AS compliance
      (state, ratios_data, additional_rules, is_active, last_updated, audit_log, created_at)
    SELECT ${state}, ${JSON.stringify(ratios)}, ${additionalRules ?? null}, true, ${utcNow},
      coalesce(ended.audit_log, ARRAY[said.entry]), ${utcNow}
    FROM said LEFT JOIN ended ON true
    RETURNING ${complianceColumns}`,
  samples: [{ state: 'Ohio', ratios: { infant: '4:1' }, by: 'admin', note: 'Moved' }],
});

/**
 * Makes a state the one whose rules apply. The row of before is kept, deactivated, and the log of changes goes on in
 * the new one. Two at once follow one another.
 *
 * @example
 * await setActiveState(db, { state: 'Ohio', ratios: { infant: '5:1' }, by: 'admin', note: 'New licence' });
 * // BEGIN; SELECT pg_advisory_xact_lock(…); WITH … UPDATE … INSERT INTO public.state_compliance …; COMMIT
 */
export function setActiveState(
  db: WriteDatabase,
  input: z.input<typeof change>,
): Promise<RowOf<typeof replaceActiveState>> {
  return withTransaction(db, {}, async (tx) => {
    await lockActiveState(tx, {});
    return replaceActiveState(tx, input);
  });
}
