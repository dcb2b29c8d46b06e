/** Invoices. Amounts are whole cents. */
import { z } from 'zod';
import type { WriteDatabase } from '../database/database.ts';
import { NotFoundError } from '../errors.ts';
import { defineKeysetQuery } from '../pagination/define-keyset-query.ts';
import { defineQuery, type InputOf, type RowOf } from '../query/define-query.ts';
import { filledText, id, instant } from '../query/input.ts';
import { pgType } from '../query/pg-type.ts';
import { sql } from '../query/sql.ts';
import { utcNow } from '../query/utc-now.ts';
import { billingRow, billingStatus, childrenRow } from '../rows/index.ts';
import { ChangedMeanwhileError } from './changed-meanwhile-error.ts';

const invoiceColumns = sql`
  billing.id, billing.child_id AS "childId", billing.period_start AS "periodStart", billing.period_end AS "periodEnd",
  billing.attendance_days AS "attendanceDays", billing.tuition_amount AS "tuitionAmount",
  billing.extra_fees AS "extraFees", billing.total_amount AS "totalAmount", billing.status,
  billing.quickbooks_id AS "quickbooksId", billing.due_date AS "dueDate", billing.created_at AS "createdAt"`;

const cents = z.int32().min(0);

/**
 * Lists invoices with the names of the children, newest first, page by page.
 *
 * @example
 * await listInvoices(db, { status: 'overdue', limit: 20 });
 * // SELECT … FROM public.billing JOIN public.children AS child ON child.id = billing.child_id
 * // WHERE billing.status = $1 AND TRUE ORDER BY billing.created_at DESC, billing.id DESC LIMIT $2
 */
export const listInvoices = defineKeysetQuery({
  name: 'listInvoices',
  input: z.strictObject({ childId: id.optional(), status: billingStatus.optional() }),
  row: billingRow.extend({
    childFirstName: childrenRow.shape.firstName,
    childLastName: childrenRow.shape.lastName,
  }),
  order: [
    { sql: sql`billing.created_at`, type: 'timestamp', direction: 'desc', nullable: true },
    { sql: sql`billing.id`, type: 'text', direction: 'desc' },
  ],
  sql: ({ childId, status }, page) => sql`
    SELECT ${invoiceColumns}, child.first_name AS "childFirstName", child.last_name AS "childLastName", ${page.cursor}
    FROM public.billing
    JOIN public.children AS child ON child.id = billing.child_id
    WHERE ${sql.and([
      childId !== undefined && sql`billing.child_id = ${childId}`,
      status !== undefined && sql`billing.status = ${status}`,
    ])} AND ${page.after}
    ${page.orderByLimit}`,
  samples: [{}, { childId: 'c1' }, { status: 'pending' }, { childId: 'c1', status: 'pending' }],
});

/** Writes an invoice, pending until it is sent. The total is what the parts add up to. */
export const createInvoice = defineQuery({
  name: 'createInvoice',
  access: 'write',
  input: z
    .strictObject({
      childId: id,
      periodStart: instant,
      periodEnd: instant,
      attendanceDays: z.int().min(0).max(366),
      tuitionAmount: cents,
      extraFees: cents.default(0),
      dueDate: instant,
    })
    .refine(({ periodStart, periodEnd }) => periodStart <= periodEnd, { path: ['periodEnd'] }),
  row: billingRow,
  rows: 'one',
  sql: (invoice) => sql`
    INSERT INTO public.billing (child_id, period_start, period_end, attendance_days, tuition_amount, extra_fees,
      total_amount, due_date, status, created_at)
    VALUES (${invoice.childId}, ${sql.timestamp(invoice.periodStart)}, ${sql.timestamp(invoice.periodEnd)},
      ${invoice.attendanceDays}, ${invoice.tuitionAmount}, ${invoice.extraFees},
      ${invoice.tuitionAmount}::int4 + ${invoice.extraFees}::int4, ${sql.timestamp(invoice.dueDate)}, 'pending',
      ${utcNow})
    RETURNING ${invoiceColumns}`,
  samples: [
    {
      childId: 'c1',
      periodStart: new Date('2026-01-01'),
      periodEnd: new Date('2026-02-01'),
      attendanceDays: 20,
      tuitionAmount: 120_000,
      dueDate: new Date('2026-02-15'),
    },
  ],
});

/** Finds an invoice. */
export const getInvoice = defineQuery({
  name: 'getInvoice',
  access: 'read',
  input: z.strictObject({ id }),
  row: billingRow,
  rows: 'maybeOne',
  sql: ({ id }) => sql`SELECT ${invoiceColumns} FROM public.billing WHERE billing.id = ${id}`,
  samples: [{ id: 'b1' }],
});

/** What `setInvoiceStatus` asks; null where there is no such invoice, or it is not in the state `from`. */
export const updateInvoiceStatus = defineQuery({
  name: 'updateInvoiceStatus',
  access: 'write',
  input: z.strictObject({
    id,
    status: billingStatus,
    from: billingStatus.optional(),
    quickbooksId: filledText(255).optional(),
  }),
  row: billingRow,
  rows: 'maybeOne',
  sql: ({ id, status, from = null, quickbooksId = null }) => sql`
    UPDATE public.billing
    SET status = ${status}, quickbooks_id = coalesce(${quickbooksId}, quickbooks_id)
    WHERE id = ${id} AND (${from}::text IS NULL OR status = ${from})
    RETURNING ${invoiceColumns}`,
  samples: [{ id: 'b1', status: 'paid' }],
});

/**
 * Moves an invoice to a state, and notes its number in the accounts where one is given. With `from`, only while it
 * is in that state, so that of two who act on what they saw one is told.
 *
 * @throws NotFoundError
 * @throws ChangedMeanwhileError when it is not in the state `from` any more
 *
 * @example
 * await setInvoiceStatus(db, { id, status: 'paid', from: 'sent' });
 * // UPDATE public.billing SET status = $1, quickbooks_id = coalesce($2, quickbooks_id)
 * // WHERE id = $3 AND ($4::text IS NULL OR status = $5) RETURNING …
 */
export async function setInvoiceStatus(
  db: WriteDatabase,
  input: InputOf<typeof updateInvoiceStatus>,
): Promise<RowOf<typeof updateInvoiceStatus>> {
  const moved = await updateInvoiceStatus(db, input);
  if (moved !== null) return moved;
  const invoice = await getInvoice(db, { id: input.id });
  throw invoice === null
    ? new NotFoundError('setInvoiceStatus found no invoice with that id.')
    : new ChangedMeanwhileError();
}

/** Sums the invoices whose period begins in a month (UTC), by state and in all. */
export const billingTotals = defineQuery({
  name: 'billingTotals',
  access: 'read',
  input: z.strictObject({ year: z.int().min(1).max(9998), month: z.int().min(1).max(12) }),
  row: z.object({
    invoices: pgType.int4,
    pending: pgType.int4,
    sent: pgType.int4,
    paid: pgType.int4,
    overdue: pgType.int4,
    total: pgType.int4,
  }),
  rows: 'one',
  sql: ({ year, month }) => {
    const from = sql`make_date(${year}, ${month}, 1)`;
    return sql`
      SELECT count(*)::int4 AS invoices,
        coalesce(sum(total_amount) FILTER (WHERE status = 'pending'), 0)::int4 AS pending,
        coalesce(sum(total_amount) FILTER (WHERE status = 'sent'), 0)::int4 AS sent,
        coalesce(sum(total_amount) FILTER (WHERE status = 'paid'), 0)::int4 AS paid,
        coalesce(sum(total_amount) FILTER (WHERE status = 'overdue'), 0)::int4 AS overdue,
        coalesce(sum(total_amount), 0)::int4 AS total
      FROM public.billing
      WHERE period_start >= ${from} AND period_start < ${from} + interval '1 month'`;
  },
  samples: [{ year: 2026, month: 1 }],
});
