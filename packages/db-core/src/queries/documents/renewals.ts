/** Renewals of documents: the only way to another expiration date, so that none comes without its history. */
import { z } from 'zod';
import type { WriteDatabase } from '../../database/database.ts';
import { NotFoundError } from '../../errors.ts';
import { defineQuery, type InputOf, type RowOf } from '../../query/define-query.ts';
import { filledText, id, instant } from '../../query/input.ts';
import { sql } from '../../query/sql.ts';
import { timestampOrNull } from '../../query/timestamp-or-null.ts';
import { utcNow } from '../../query/utc-now.ts';
import { documentRenewalsRow } from '../../rows/index.ts';
import { ChangedMeanwhileError } from '../changed-meanwhile-error.ts';
import { getDocument } from './documents.ts';

const optionalText = filledText(2_000).nullish();

/** What `renewDocument` asks; null where there is no such document in use, or its date is not as expected. */
export const insertDocumentRenewal = defineQuery({
  name: 'insertDocumentRenewal',
  access: 'write',
  input: z.strictObject({
    id,
    expirationDate: instant,
    processedBy: id,
    from: instant.optional(),
    cost: optionalText,
    notes: optionalText,
    filePath: optionalText,
  }),
  row: documentRenewalsRow,
  rows: 'maybeOne',
  sql: ({ id, expirationDate, processedBy, from, cost, notes, filePath }) => sql`
    WITH renewed AS (
      UPDATE public.documents AS document
      SET expiration_date = ${sql.timestamp(expirationDate)}, status = 'active', updated_by = ${processedBy},
        updated_at = ${utcNow}, file_path = coalesce(${filePath ?? null}, document.file_path)
      -- The row as it is under the lock, so that the date of before is right when two renew at once.
      FROM (SELECT id, expiration_date FROM public.documents WHERE id = ${id} AND is_active FOR UPDATE) AS before
      WHERE document.id = before.id AND before.expiration_date <> ${sql.timestamp(expirationDate)}
        AND (${timestampOrNull(from)} IS NULL
          OR date_trunc('milliseconds', before.expiration_date) = ${timestampOrNull(from)})
      RETURNING document.id, before.expiration_date AS previous, document.expiration_date AS renewed_to
    )
    INSERT INTO public.document_renewals AS renewal (document_id, previous_expiration_date, new_expiration_date,
      renewal_date, cost, processed_by, notes, file_path, created_at)
    SELECT renewed.id, renewed.previous, renewed.renewed_to, ${utcNow}, ${cost ?? null}, ${processedBy},
      ${notes ?? null}, ${filePath ?? null}, ${utcNow}
    FROM renewed
    RETURNING renewal.id, renewal.document_id AS "documentId",
      renewal.previous_expiration_date AS "previousExpirationDate",
      renewal.new_expiration_date AS "newExpirationDate", renewal.renewal_date AS "renewalDate", renewal.cost,
      renewal.processed_by AS "processedBy", renewal.notes, renewal.file_path AS "filePath",
      renewal.created_at AS "createdAt"`,
  samples: [{ id: 'd1', expirationDate: new Date('2027-01-01'), processedBy: 'admin' }],
});

/**
 * Gives a document in use another expiration date and writes down the renewal, both or neither, in one statement;
 * the document counts as active again. With `from`, only while that is its date.
 *
 * @throws NotFoundError when there is no such document in use
 * @throws ChangedMeanwhileError when it has the new date already, or `from` is not its date any more
 *
 * @example
 * await renewDocument(db, { id, expirationDate: new Date('2027-06-30'), processedBy: 'admin' });
 * // WITH renewed AS (UPDATE public.documents … RETURNING …) INSERT INTO public.document_renewals … SELECT … FROM renewed
 */
export async function renewDocument(
  db: WriteDatabase,
  input: InputOf<typeof insertDocumentRenewal>,
): Promise<RowOf<typeof insertDocumentRenewal>> {
  const renewal = await insertDocumentRenewal(db, input);
  if (renewal !== null) return renewal;
  const document = await getDocument(db, { id: input.id });
  throw document?.isActive
    ? new ChangedMeanwhileError()
    : new NotFoundError('renewDocument found no document in use with that id.');
}
