/** Licences, certificates and insurances of the house. A new expiration date comes with its renewal: see renewals. */
import { z } from 'zod';
import { defineKeysetQuery } from '../../pagination/define-keyset-query.ts';
import { defineQuery } from '../../query/define-query.ts';
import { day, id, limit } from '../../query/input.ts';
import { sql } from '../../query/sql.ts';
import { utcNow } from '../../query/utc-now.ts';
import { documentsRow, documentTypesCategory, documentTypesRow } from '../../rows/index.ts';

/** The columns of a document as `documentsRow` has them; the table is called `document`. */
export const documentColumns = sql`
  document.id, document.document_type_id AS "documentTypeId", document.title, document.description,
  document.issue_date AS "issueDate", document.expiration_date AS "expirationDate", document.status,
  document.document_number AS "documentNumber", document.issuing_authority AS "issuingAuthority",
  document.contact_info AS "contactInfo", document.file_path AS "filePath",
  document.last_reminder_sent AS "lastReminderSent", document.is_active AS "isActive",
  document.created_by AS "createdBy", document.updated_by AS "updatedBy", document.created_at AS "createdAt",
  document.updated_at AS "updatedAt"`;

const listedRow = documentsRow.extend({
  typeName: documentTypesRow.shape.name,
  category: documentTypesRow.shape.category,
});
const listedColumns = sql`${documentColumns}, kind.name AS "typeName", kind.category`;
const listedTables = sql`
  public.documents AS document JOIN public.document_types AS kind ON kind.id = document.document_type_id`;

/** The day that counts as today: the caller's, else the one in UTC. */
export const today = (on: string | undefined) =>
  sql`coalesce(${on ?? null}::date, ${utcNow}::date)`;

/** Lists the documents in use with their kind, those that expire first in front, page by page. */
export const listDocuments = defineKeysetQuery({
  name: 'listDocuments',
  input: z.strictObject({ category: documentTypesCategory.optional() }),
  row: listedRow,
  order: [
    { sql: sql`document.expiration_date`, type: 'timestamp' },
    { sql: sql`document.id`, type: 'text' },
  ],
  sql: ({ category = null }, page) => sql`
    SELECT ${listedColumns}, ${page.cursor} FROM ${listedTables}
    WHERE document.is_active AND (${category}::text IS NULL OR kind.category = ${category}) AND ${page.after}
    ${page.orderByLimit}`,
  samples: [{}],
});

/**
 * Lists the documents in use that are good today and expire within this many days, the first in front.
 *
 * @example
 * await listExpiringDocuments(db, { days: 30, on: '2026-03-02' });
 * // … WHERE document.is_active AND document.expiration_date >= coalesce($1::date, …)
 * //   AND document.expiration_date < coalesce($2::date, …) + $3::int4 …
 */
export const listExpiringDocuments = defineQuery({
  name: 'listExpiringDocuments',
  access: 'read',
  input: z.strictObject({
    days: z.int().min(1).max(3_660),
    on: day.optional(),
    limit: limit(500, 100),
  }),
  row: listedRow,
  rows: 'many',
  sql: ({ days, on, limit }) => sql`
    SELECT ${listedColumns} FROM ${listedTables}
    WHERE document.is_active AND document.expiration_date >= ${today(on)}
      AND document.expiration_date < ${today(on)} + ${days}::int4
    ORDER BY document.expiration_date, document.id LIMIT ${limit}`,
  samples: [{ days: 30 }],
});

/** Lists the documents in use that have expired, the longest ago in front. One expires at the start of its day. */
export const listExpiredDocuments = defineQuery({
  name: 'listExpiredDocuments',
  access: 'read',
  input: z.strictObject({ on: day.optional(), limit: limit(500, 100) }),
  row: listedRow,
  rows: 'many',
  sql: ({ on, limit }) => sql`
    SELECT ${listedColumns} FROM ${listedTables}
    WHERE document.is_active AND document.expiration_date < ${today(on)}
    ORDER BY document.expiration_date, document.id LIMIT ${limit}`,
  samples: [{}],
});

/** Finds a document with its kind, in use or not. */
export const getDocument = defineQuery({
  name: 'getDocument',
  access: 'read',
  input: z.strictObject({ id }),
  row: listedRow,
  rows: 'maybeOne',
  sql: ({ id }) => sql`SELECT ${listedColumns} FROM ${listedTables} WHERE document.id = ${id}`,
  samples: [{ id: 'd1' }],
});
