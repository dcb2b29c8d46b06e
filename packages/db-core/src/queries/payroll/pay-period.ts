import type { z } from 'zod';
import { sql } from '../../query/sql.ts';
import { payPeriodsRow } from '../../rows/pay-periods.ts';

export { payPeriodsRow };

/** Days that are paid together, `startDate` and `endDate` included. Money is whole cents. */
export type PayPeriod = z.output<typeof payPeriodsRow>;

/** The columns of {@link payPeriodsRow}, of a table called `period`. */
export const payPeriodColumns = sql`
  period.id, period.start_date AS "startDate", period.end_date AS "endDate",
  period.pay_date AS "payDate", period.status, period.total_gross_pay AS "totalGrossPay",
  period.total_net_pay AS "totalNetPay", period.total_taxes AS "totalTaxes",
  period.processed_by AS "processedBy", period.processed_at AS "processedAt",
  period.created_at AS "createdAt", period.updated_at AS "updatedAt"`;
