import { afterAll, beforeAll, expect, test } from 'vitest';
import { type OpenDatabase, openMigrated } from '../../../test/open-database.ts';
import { ForeignKeyViolationError, InvalidInputError, NotFoundError } from '../../errors.ts';
import { withTransaction } from '../../transaction/with-transaction.ts';
import { ChangedMeanwhileError } from '../changed-meanwhile-error.ts';
import {
  getDocument,
  listDocuments,
  listExpiredDocuments,
  listExpiringDocuments,
} from './documents.ts';
import { renewDocument } from './renewals.ts';
import { createDocument, updateDocument } from './write-documents.ts';

let opened: OpenDatabase;
let documentTypeId: string;
beforeAll(async () => {
  opened = await openMigrated();
  const types = await opened.rows(`SELECT id FROM document_types WHERE category = 'license'`);
  documentTypeId = types[0]?.id as string;
});
afterAll(() => opened?.close());

const file = (title: string, expirationDate: string) =>
  createDocument(opened.db, {
    documentTypeId,
    title,
    issueDate: new Date('2020-01-01T00:00:00Z'),
    expirationDate: new Date(expirationDate),
    createdBy: 'admin',
  });
const titles = (documents: readonly { title: string }[]) => documents.map(({ title }) => title);

test('draws the line between expired, expiring and good at midnight', async () => {
  await file('yesterday', '2041-05-09T23:59:59.999Z');
  await file('today', '2041-05-10T00:00:00.000Z');
  await file('last', '2041-05-16T23:59:59.999Z');
  await file('beyond', '2041-05-17T00:00:00.000Z');
  const expiring = await listExpiringDocuments(opened.db, { days: 7, on: '2041-05-10' });
  expect(titles(expiring)).toEqual(['today', 'last']);
  const expired = titles(await listExpiredDocuments(opened.db, { on: '2041-05-10' }));
  expect(expired).toContain('yesterday');
  expect(expired).not.toContain('today');
  expect(titles(await listExpiredDocuments(opened.db, {}))).not.toContain('yesterday');
});

test('leaves out what is not in use any more', async () => {
  const { id } = await file('retired', '2042-01-01');
  await updateDocument(opened.db, { id, updatedBy: '1', patch: { isActive: false } });
  expect(titles((await listDocuments(opened.db, { limit: 100 })).items)).not.toContain('retired');
  expect(await getDocument(opened.db, { id })).toMatchObject({ isActive: false, updatedBy: '1' });
  const days = { days: 366, on: '2041-06-01' };
  expect(titles(await listExpiringDocuments(opened.db, days))).not.toContain('retired');
});

test('lists by category over pages, those that expire first in front', async () => {
  const seen: Date[] = [];
  let cursor: string | null = null;
  do {
    const page: Awaited<ReturnType<typeof listDocuments>> = await listDocuments(opened.db, {
      category: 'license',
      limit: 2,
      cursor,
    });
    expect(page.items.every(({ category }) => category === 'license')).toBe(true);
    seen.push(...page.items.map(({ expirationDate }) => expirationDate));
    cursor = page.nextCursor;
  } while (cursor !== null);
  expect(seen).toEqual(seen.toSorted((a, b) => a.getTime() - b.getTime()));
  expect(seen.length).toBeGreaterThan(3);
});

test('tells clearing from leaving, and changes no expiration date without a renewal', async () => {
  const { id } = await file('patched', '2043-01-01');
  const patch = { description: 'kept', contactInfo: `"x" 'y'` };
  await updateDocument(opened.db, { id, updatedBy: '1', patch });
  const cleared = await updateDocument(opened.db, {
    id,
    updatedBy: '1',
    patch: { contactInfo: null },
  });
  expect(cleared).toMatchObject({ description: 'kept', contactInfo: null });
  const sneaky = { expirationDate: new Date() } as never;
  await expect(updateDocument(opened.db, { id, updatedBy: '1', patch: sneaky })).rejects.toThrow(
    InvalidInputError,
  );
});

test('refuses a document that expires before it is issued, and one of no known kind', async () => {
  await expect(file('backwards', '2019-01-01')).rejects.toThrow(InvalidInputError);
  await expect(
    createDocument(opened.db, {
      documentTypeId: 'none',
      title: 'x',
      issueDate: new Date('2020-01-01'),
      expirationDate: new Date('2021-01-01'),
      createdBy: 'admin',
    }),
  ).rejects.toThrow(ForeignKeyViolationError);
});

test('renews: the new date and the renewal with the date of before, and the document is active', async () => {
  const { id } = await file('renewed', '2030-01-01T00:00:00Z');
  await updateDocument(opened.db, { id, updatedBy: '1', patch: { status: 'expired' } });
  const renewal = await renewDocument(opened.db, {
    id,
    expirationDate: new Date('2031-01-01T00:00:00Z'),
    processedBy: 'somebody new',
    cost: '$100',
  });
  expect(renewal).toMatchObject({
    previousExpirationDate: new Date('2030-01-01T00:00:00Z'),
    newExpirationDate: new Date('2031-01-01T00:00:00Z'),
    cost: '$100',
    processedBy: 'somebody new',
  });
  expect(await getDocument(opened.db, { id })).toMatchObject({
    expirationDate: new Date('2031-01-01T00:00:00Z'),
    status: 'active',
    updatedBy: 'somebody new',
  });
});

test('writes one renewal when two renew to the same date at once', async () => {
  const { id } = await file('twice', '2030-01-01');
  const renew = () =>
    renewDocument(opened.db, { id, expirationDate: new Date('2031-01-01'), processedBy: '1' });
  const outcomes = await Promise.allSettled([renew(), renew(), renew()]);
  const lost = outcomes.flatMap((one) => (one.status === 'rejected' ? [one.reason] : []));
  expect(lost).toHaveLength(2);
  for (const error of lost) expect(error).toBeInstanceOf(ChangedMeanwhileError);
});

test('takes the date of before from a renewal that it had to wait for', async () => {
  const { id } = await file('chained', '2030-01-01T00:00:00Z');
  const renewal = (year: number) => ({
    id,
    expirationDate: new Date(Date.UTC(year, 0, 1)),
    processedBy: '1',
  });
  const waiting = await withTransaction(opened.db, {}, async (tx) => {
    await renewDocument(tx, renewal(2031));
    const second = renewDocument(opened.db, renewal(2032));
    await expect
      .poll(() =>
        opened.rows(
          `SELECT FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'`,
        ),
      )
      .not.toEqual([]);
    return { second };
  });
  expect((await waiting.second).previousExpirationDate).toEqual(renewal(2031).expirationDate);
});

test('refuses to renew what is gone, or has another date than the caller saw', async () => {
  const { id } = await file('stale', '2030-01-01');
  const renewal = { id, expirationDate: new Date('2031-01-01'), processedBy: '1' };
  const stale = { ...renewal, from: new Date('2029-01-01') };
  await expect(renewDocument(opened.db, stale)).rejects.toThrow(ChangedMeanwhileError);
  await expect(renewDocument(opened.db, { ...renewal, id: 'none' })).rejects.toThrow(NotFoundError);
  await updateDocument(opened.db, { id, updatedBy: '1', patch: { isActive: false } });
  await expect(renewDocument(opened.db, renewal)).rejects.toThrow(NotFoundError);
  expect(
    await opened.rows('SELECT FROM document_renewals WHERE document_id = $1', [id]),
  ).toHaveLength(0);
});

test('takes the date that the caller saw, though the database keeps microseconds', async () => {
  const { id } = await file('exact', '2030-01-01');
  await opened.rows(
    `UPDATE documents SET expiration_date = '2030-01-01 12:00:00.123999' WHERE id = $1`,
    [id],
  );
  const seen = (await getDocument(opened.db, { id }))?.expirationDate;
  const renewal = await renewDocument(opened.db, {
    id,
    expirationDate: new Date('2031-01-01'),
    processedBy: '1',
    from: seen,
  });
  expect(renewal.previousExpirationDate).toEqual(seen);
});
