import type { z } from 'zod';
import { sql } from '../../query/sql.ts';
import { staffRow } from '../../rows/staff.ts';

/** A member of staff as ordinary queries give it: no biometric template, no bank details, no pay. */
export const staffMemberRow = staffRow.omit({
  faceDescriptor: true,
  fingerprintHash: true,
  hourlyRate: true,
  salaryAmount: true,
  payType: true,
  taxFilingStatus: true,
  w4Allowances: true,
  additionalTaxWithholding: true,
  directDepositAccount: true,
  directDepositRouting: true,
  directDepositAccountCiphertext: true,
  directDepositRoutingCiphertext: true,
});

/** A member of staff. */
export type StaffMember = z.output<typeof staffMemberRow>;

/** The columns of {@link staffMemberRow}, of a table called `staff`. */
export const staffMemberColumns = sql`
  staff.id, staff.first_name AS "firstName", staff.last_name AS "lastName", staff.email,
  staff.phone, staff.position, staff.is_active AS "isActive", staff.created_at AS "createdAt",
  staff.biometric_enrolled_at AS "biometricEnrolledAt",
  staff.biometric_enabled AS "biometricEnabled", staff.employee_number AS "employeeNumber"`;
