/** What payroll needs of the staff. Bank details come and go as ciphertext only, and only where they are asked for. */
import { z } from 'zod';
import { domainConstraints } from '../../errors.ts';
import { defineQuery } from '../../query/define-query.ts';
import { id, text } from '../../query/input.ts';
import { assignments, patch } from '../../query/patch.ts';
import { pgType } from '../../query/pg-type.ts';
import { sql } from '../../query/sql.ts';
import { staffRow } from '../../rows/staff.ts';
import { staffPayType, staffTaxFilingStatus } from '../../rows/values.ts';

/** A ciphertext as `encryptField` of `@tothub/db-security` writes it; a bank number in the clear is refused. */
const ciphertext = z
  .string()
  .max(2000)
  .regex(/^enc1:[\w-]{1,32}:[\w-]{38,}$/);
const cents = z.int32().min(0);

const staffPayrollRow = staffRow
  .pick({
    id: true,
    employeeNumber: true,
    hourlyRate: true,
    salaryAmount: true,
    payType: true,
    taxFilingStatus: true,
    w4Allowances: true,
    additionalTaxWithholding: true,
  })
  .extend({ hasDirectDeposit: pgType.bool });

const staffPayrollColumns = sql`
  staff.id, staff.employee_number AS "employeeNumber", staff.hourly_rate AS "hourlyRate",
  staff.salary_amount AS "salaryAmount", staff.pay_type AS "payType",
  staff.tax_filing_status AS "taxFilingStatus", staff.w4_allowances AS "w4Allowances",
  staff.additional_tax_withholding AS "additionalTaxWithholding",
  (coalesce(staff.direct_deposit_account_ciphertext, staff.direct_deposit_account) IS NOT NULL
    AND coalesce(staff.direct_deposit_routing_ciphertext, staff.direct_deposit_routing) IS NOT NULL
  ) AS "hasDirectDeposit"`;

/** Finds what payroll needs of a member of staff; of the bank details only whether there are any. */
export const getStaffPayroll = defineQuery({
  name: 'getStaffPayroll',
  access: 'read',
  input: z.strictObject({ id }),
  row: staffPayrollRow,
  rows: 'maybeOne',
  sql: (input) => sql`
    SELECT ${staffPayrollColumns} FROM public.staff AS staff WHERE staff.id = ${input.id}`,
  samples: [{ id: 's1' }],
});

/** Finds the encrypted bank details of a member of staff: for whoever pays out, and holds the key. */
export const getDirectDeposit = defineQuery({
  name: 'getDirectDeposit',
  access: 'read',
  input: z.strictObject({ id }),
  row: z.object({
    accountCiphertext: pgType.text.nullable(),
    routingCiphertext: pgType.text.nullable(),
  }),
  rows: 'maybeOne',
  sql: (input) => sql`
    SELECT staff.direct_deposit_account_ciphertext AS "accountCiphertext",
      staff.direct_deposit_routing_ciphertext AS "routingCiphertext"
    FROM public.staff AS staff WHERE staff.id = ${input.id}`,
  samples: [{ id: 's1' }],
});

/**
 * Changes what payroll needs of a member of staff: nine facts and no other. Keys that are absent stay as they are,
 * null clears. New bank details also empty the older, readable column, which would be out of date.
 *
 * @throws NotFoundError
 * @throws EmployeeNumberTakenError
 *
 * @example
 * await updateStaffPayroll(db, { id, patch: { hourlyRate: 2150, directDepositAccountCiphertext } });
 * // UPDATE public.staff AS staff SET "hourly_rate" = $1, "direct_deposit_account_ciphertext" = $2,
 * // "direct_deposit_account" = $3 WHERE staff.id = $4 RETURNING …
 */
export const updateStaffPayroll = defineQuery({
  name: 'updateStaffPayroll',
  access: 'write',
  input: z.strictObject({
    id,
    patch: patch({
      employeeNumber: text.max(100).nullable(),
      /** Cents an hour. */
      hourlyRate: cents.nullable(),
      /** Cents a year. */
      salaryAmount: cents.nullable(),
      payType: staffPayType,
      taxFilingStatus: staffTaxFilingStatus,
      w4Allowances: z.int().min(0).max(100),
      /** Cents a pay period. */
      additionalTaxWithholding: cents,
      directDepositAccountCiphertext: ciphertext.nullable(),
      directDepositRoutingCiphertext: ciphertext.nullable(),
    }),
  }),
  row: staffPayrollRow,
  rows: 'one',
  sql: ({ id: staffId, patch: facts }) => sql`
    UPDATE public.staff AS staff
    SET ${assignments(
      {
        employeeNumber: 'employee_number',
        hourlyRate: 'hourly_rate',
        salaryAmount: 'salary_amount',
        payType: 'pay_type',
        taxFilingStatus: 'tax_filing_status',
        w4Allowances: 'w4_allowances',
        additionalTaxWithholding: 'additional_tax_withholding',
        directDepositAccountCiphertext: 'direct_deposit_account_ciphertext',
        directDepositRoutingCiphertext: 'direct_deposit_routing_ciphertext',
        readableAccount: 'direct_deposit_account',
        readableRouting: 'direct_deposit_routing',
      },
      {
        ...facts,
        readableAccount: facts.directDepositAccountCiphertext === undefined ? undefined : null,
        readableRouting: facts.directDepositRoutingCiphertext === undefined ? undefined : null,
      },
    )}
    WHERE staff.id = ${staffId}
    RETURNING ${staffPayrollColumns}`,
  constraints: domainConstraints,
  samples: [
    {
      id: 's1',
      patch: {
        employeeNumber: 'EMP001',
        hourlyRate: 2150,
        payType: 'hourly',
        directDepositAccountCiphertext: `enc1:k1:${'a'.repeat(40)}`,
        directDepositRoutingCiphertext: null,
      },
    },
  ],
});
