// Generated from the migrated catalog. Refresh it with: pnpm --filter @tothub/db-core generate
import { z } from 'zod';
import { pgType } from '../query/pg-type.ts';

/** The people who work here, with what payroll needs of them */
export const staffRow = z.object({
  id: pgType.text,
  firstName: pgType.text,
  lastName: pgType.text,
  email: pgType.text.nullable(),
  phone: pgType.text.nullable(),
  position: pgType.text,
  isActive: pgType.bool.nullable(),
  createdAt: pgType.timestamp.nullable(),
  faceDescriptor: pgType.text.nullable(),
  fingerprintHash: pgType.text.nullable(),
  biometricEnrolledAt: pgType.timestamp.nullable(),
  biometricEnabled: pgType.bool.nullable(),
  employeeNumber: pgType.text.nullable(),
  hourlyRate: pgType.int4.nullable(),
  salaryAmount: pgType.int4.nullable(),
  payType: pgType.text.nullable(),
  taxFilingStatus: pgType.text.nullable(),
  w4Allowances: pgType.int4.nullable(),
  additionalTaxWithholding: pgType.int4.nullable(),
  /** Bank account number in its older, readable form; the treatment of secrets empties it */
  directDepositAccount: pgType.text.nullable(),
  /** Bank routing number in its older, readable form; the treatment of secrets empties it */
  directDepositRouting: pgType.text.nullable(),
  /** Bank account number, encrypted */
  directDepositAccountCiphertext: pgType.text.nullable(),
  /** Bank routing number, encrypted */
  directDepositRoutingCiphertext: pgType.text.nullable(),
});
