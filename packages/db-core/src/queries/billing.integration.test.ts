import { afterAll, beforeAll, expect, test } from 'vitest';
import { type OpenDatabase, openMigrated } from '../../test/open-database.ts';
import { ForeignKeyViolationError, InvalidInputError, NotFoundError } from '../errors.ts';
import { billingTotals, createInvoice, listInvoices, setInvoiceStatus } from './billing.ts';
import { ChangedMeanwhileError } from './changed-meanwhile-error.ts';

let opened: OpenDatabase;
let childId: string;

beforeAll(async () => {
  opened = await openMigrated();
  childId = (await opened.rows('SELECT id FROM children ORDER BY id LIMIT 1'))[0]?.id as string;
});
afterAll(() => opened?.close());

const march = {
  periodStart: new Date('2031-03-01T00:00:00Z'),
  periodEnd: new Date('2031-03-31T00:00:00Z'),
  attendanceDays: 20,
  tuitionAmount: 100_000,
  dueDate: new Date('2031-04-10T00:00:00Z'),
};

test('makes a pending invoice whose total is the sum of its parts', async () => {
  const invoice = await createInvoice(opened.db, { ...march, childId, extraFees: 2_550 });
  expect(invoice).toMatchObject({
    totalAmount: 102_550,
    status: 'pending',
    quickbooksId: null,
    periodStart: march.periodStart,
  });
});

test('refuses a period that ends before it begins, a negative amount, and a child nobody knows', async () => {
  const backwards = { ...march, childId, periodEnd: new Date('2031-02-01') };
  await expect(createInvoice(opened.db, backwards)).rejects.toThrow(InvalidInputError);
  await expect(createInvoice(opened.db, { ...march, childId, tuitionAmount: -1 })).rejects.toThrow(
    InvalidInputError,
  );
  await expect(createInvoice(opened.db, { ...march, childId: 'nobody' })).rejects.toThrow(
    ForeignKeyViolationError,
  );
});

test('moves an invoice on and keeps the number in the accounts that it has', async () => {
  const { id } = await createInvoice(opened.db, { ...march, childId });
  await setInvoiceStatus(opened.db, { id, status: 'sent', quickbooksId: 'QB-1' });
  const paid = await setInvoiceStatus(opened.db, { id, status: 'paid', from: 'sent' });
  expect(paid).toMatchObject({ status: 'paid', quickbooksId: 'QB-1' });
});

test('lets one of two who act on the same state win, and tells the other', async () => {
  const { id } = await createInvoice(opened.db, { ...march, childId });
  const outcomes = await Promise.allSettled([
    setInvoiceStatus(opened.db, { id, status: 'sent', from: 'pending' }),
    setInvoiceStatus(opened.db, { id, status: 'overdue', from: 'pending' }),
  ]);
  expect(outcomes.map(({ status }) => status).sort()).toEqual(['fulfilled', 'rejected']);
  const lost = outcomes.find(({ status }) => status === 'rejected') as PromiseRejectedResult;
  expect(lost.reason).toBeInstanceOf(ChangedMeanwhileError);
  await expect(setInvoiceStatus(opened.db, { id: 'none', status: 'paid' })).rejects.toThrow(
    NotFoundError,
  );
});

test('sums a month from its first instant to the one before the next month', async () => {
  const at = (instant: string) => ({
    ...march,
    childId,
    periodStart: new Date(instant),
    periodEnd: new Date('2033-01-01'),
  });
  await createInvoice(opened.db, { ...at('2032-02-01T00:00:00.000Z'), tuitionAmount: 1 });
  const last = await createInvoice(opened.db, {
    ...at('2032-02-29T23:59:59.999Z'),
    tuitionAmount: 20,
  });
  await createInvoice(opened.db, { ...at('2032-03-01T00:00:00.000Z'), tuitionAmount: 300 });
  await createInvoice(opened.db, { ...at('2032-01-31T23:59:59.999Z'), tuitionAmount: 4_000 });
  await setInvoiceStatus(opened.db, { id: last.id, status: 'paid' });
  expect(await billingTotals(opened.db, { year: 2032, month: 2 })).toEqual({
    invoices: 2,
    pending: 1,
    sent: 0,
    paid: 20,
    overdue: 0,
    total: 21,
  });
  expect(await billingTotals(opened.db, { year: 2040, month: 12 })).toMatchObject({
    invoices: 0,
    total: 0,
  });
});

test('lists each invoice once, newest first, with the name of the child, undated rows included', async () => {
  await opened.rows(
    `INSERT INTO billing (child_id, period_start, period_end, attendance_days, tuition_amount, total_amount, due_date,
       created_at)
     VALUES ($1, '2030-01-01', '2030-02-01', 1, 1, 1, '2030-03-01', NULL)`,
    [childId],
  );
  const seen: string[] = [];
  let cursor: string | null = null;
  do {
    const page: Awaited<ReturnType<typeof listInvoices>> = await listInvoices(opened.db, {
      childId,
      limit: 2,
      cursor,
    });
    for (const { id, childFirstName } of page.items) {
      expect(childFirstName).not.toBe('');
      seen.push(id);
    }
    cursor = page.nextCursor;
  } while (cursor !== null);
  const stored = await opened.rows(
    'SELECT id FROM billing WHERE child_id = $1 ORDER BY created_at DESC, id DESC',
    [childId],
  );
  expect(seen).toEqual(stored.map(({ id }) => id));
});

test('filters by state', async () => {
  const { items } = await listInvoices(opened.db, { childId, status: 'paid' });
  expect(items.length).toBeGreaterThan(0);
  expect(new Set(items.map(({ status }) => status))).toEqual(new Set(['paid']));
});
