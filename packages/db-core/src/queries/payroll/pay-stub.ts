import type { z } from 'zod';
import { pgType } from '../../query/pg-type.ts';
import { sql } from '../../query/sql.ts';
import { payStubsRow } from '../../rows/pay-stubs.ts';
import { staffRow } from '../../rows/staff.ts';

/** A pay stub with whose it is. */
export const payStubRow = payStubsRow.extend({
  staff: pgType.jsonbOf(
    staffRow.pick({ id: true, firstName: true, lastName: true, employeeNumber: true }),
  ),
});

/** What one person earned in one period, in whole hours and cents, and whose it is. */
export type PayStub = z.output<typeof payStubRow>;

/** The columns of {@link payStubRow}, of tables called `stub` and `staff`. */
export const payStubColumns = sql`
  stub.id, stub.staff_id AS "staffId", stub.pay_period_id AS "payPeriodId",
  stub.regular_hours AS "regularHours", stub.overtime_hours AS "overtimeHours",
  stub.total_hours AS "totalHours", stub.regular_pay AS "regularPay",
  stub.overtime_pay AS "overtimePay", stub.gross_pay AS "grossPay",
  stub.federal_tax AS "federalTax", stub.state_tax AS "stateTax",
  stub.social_security_tax AS "socialSecurityTax", stub.medicare_tax AS "medicareTax",
  stub.health_insurance AS "healthInsurance", stub.retirement_401k AS "retirement401k",
  stub.other_deductions AS "otherDeductions", stub.total_deductions AS "totalDeductions",
  stub.net_pay AS "netPay", stub.created_at AS "createdAt", stub.updated_at AS "updatedAt",
  stub.pay_stub_pdf_url AS "payStubPdfUrl",
  jsonb_build_object('id', staff.id, 'firstName', staff.first_name, 'lastName', staff.last_name,
    'employeeNumber', staff.employee_number) AS staff`;
