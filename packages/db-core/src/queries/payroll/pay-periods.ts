/** Periods that are paid together. */
import { z } from 'zod';
import type { WriteDatabase } from '../../database/database.ts';
import { defineKeysetQuery } from '../../pagination/define-keyset-query.ts';
import { defineQuery, type InputOf } from '../../query/define-query.ts';
import { day } from '../../query/input.ts';
import { sql } from '../../query/sql.ts';
import { withTransaction } from '../../transaction/with-transaction.ts';
import { PayPeriodOverlapsError } from './errors.ts';
import { type PayPeriod, payPeriodColumns, payPeriodsRow } from './pay-period.ts';

/** Lists the pay periods, latest first, page by page. */
export const listPayPeriods = defineKeysetQuery({
  name: 'listPayPeriods',
  input: z.object({}),
  row: payPeriodsRow,
  order: [
    { sql: sql`period.start_date`, type: 'date', direction: 'desc' },
    { sql: sql`period.id`, type: 'text', direction: 'desc' },
  ],
  sql: (_input, page) => sql`
    SELECT ${payPeriodColumns}, ${page.cursor}
    FROM public.pay_periods AS period
    WHERE ${page.after}
    ${page.orderByLimit}`,
  samples: [{}],
});

/** Finds the open period of a day; else the latest open one, such as one that has ended and is to be paid. */
export const currentPayPeriod = defineQuery({
  name: 'currentPayPeriod',
  access: 'read',
  input: z.strictObject({ day }),
  row: payPeriodsRow,
  rows: 'maybeOne',
  sql: (input) => sql`
    SELECT ${payPeriodColumns}
    FROM public.pay_periods AS period
    WHERE period.status = 'open'
    ORDER BY ${sql.date(input.day)} BETWEEN period.start_date AND period.end_date DESC,
      period.start_date DESC, period.id DESC
    LIMIT 1`,
  samples: [{ day: '2026-01-31' }],
});

/** Keeps others from entering periods until the transaction ends; readers go on. */
export const lockPayPeriods = defineQuery({
  name: 'lockPayPeriods',
  access: 'write',
  input: z.strictObject({}),
  row: null,
  rows: 'none',
  sql: () => sql`LOCK TABLE public.pay_periods IN SHARE ROW EXCLUSIVE MODE`,
  samples: [{}],
});

/** Enters a period; null where another one has some of its days. */
export const insertPayPeriod = defineQuery({
  name: 'insertPayPeriod',
  access: 'write',
  input: z
    .strictObject({
      /** The first day. */
      startDate: day,
      /** The last day. */
      endDate: day,
      payDate: day,
    })
    .refine(({ startDate, endDate }) => startDate <= endDate, { path: ['endDate'] }),
  row: payPeriodsRow,
  rows: 'maybeOne',
  sql: ({ startDate, endDate, payDate }) => sql`
    INSERT INTO public.pay_periods AS period (start_date, end_date, pay_date)
    SELECT ${sql.date(startDate)}, ${sql.date(endDate)}, ${sql.date(payDate)}
    WHERE NOT EXISTS (
      SELECT FROM public.pay_periods AS other
      WHERE other.start_date <= ${sql.date(endDate)} AND other.end_date >= ${sql.date(startDate)}
    )
    RETURNING ${payPeriodColumns}`,
  samples: [{ startDate: '2026-01-05', endDate: '2026-01-18', payDate: '2026-01-23' }],
});

/**
 * Opens a pay period, `startDate` and `endDate` included. Periods do not overlap, so that no day is paid twice.
 *
 * @throws PayPeriodOverlapsError
 */
export function createPayPeriod(
  db: WriteDatabase,
  input: InputOf<typeof insertPayPeriod>,
): Promise<PayPeriod> {
  return withTransaction(db, {}, async (tx) => {
    await lockPayPeriods(tx, {});
    const period = await insertPayPeriod(tx, input);
    if (period === null) throw new PayPeriodOverlapsError();
    return period;
  });
}
