/** The state whose rules apply. */
import { z } from 'zod';
import { defineQuery } from '../../query/define-query.ts';
import { sql } from '../../query/sql.ts';
import { stateComplianceRow } from '../../rows/index.ts';

/** The columns of a state as `stateComplianceRow` has them; the table is called `compliance`. */
export const complianceColumns = sql`
  compliance.id, compliance.state, compliance.ratios_data AS "ratiosData",
  compliance.federal_compliance AS "federalCompliance", compliance.additional_rules AS "additionalRules",
  compliance.is_active AS "isActive", compliance.last_updated AS "lastUpdated", compliance.audit_log AS "auditLog",
  compliance.created_at AS "createdAt"`;

/** Finds the state whose rules apply. */
export const getActiveState = defineQuery({
  name: 'getActiveState',
  access: 'read',
  input: z.strictObject({}),
  row: stateComplianceRow,
  rows: 'maybeOne',
  sql: () => sql`
    SELECT ${complianceColumns} FROM public.state_compliance AS compliance WHERE compliance.is_active`,
  samples: [{}],
});
