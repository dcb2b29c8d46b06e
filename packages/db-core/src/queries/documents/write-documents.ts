/** Documents are filed and changed. */
import { z } from 'zod';
import { defineQuery } from '../../query/define-query.ts';
import { filledText, id, instant } from '../../query/input.ts';
import { assignments, patch } from '../../query/patch.ts';
import { sql } from '../../query/sql.ts';
import { utcNow } from '../../query/utc-now.ts';
import { documentsRow, documentsStatus } from '../../rows/index.ts';
import { documentColumns } from './documents.ts';

const optionalText = filledText(2_000).nullable();
const details = {
  title: filledText(500),
  description: filledText().nullable(),
  issueDate: instant,
  documentNumber: optionalText,
  issuingAuthority: optionalText,
  contactInfo: optionalText,
  filePath: optionalText,
};

/** Files a document. */
export const createDocument = defineQuery({
  name: 'createDocument',
  access: 'write',
  input: z
    .strictObject({
      ...details,
      documentTypeId: id,
      expirationDate: instant,
      createdBy: id,
      description: details.description.default(null),
      documentNumber: optionalText.default(null),
      issuingAuthority: optionalText.default(null),
      contactInfo: optionalText.default(null),
      filePath: optionalText.default(null),
    })
    .refine(({ issueDate, expirationDate }) => issueDate <= expirationDate, {
      path: ['expirationDate'],
    }),
  row: documentsRow,
  rows: 'one',
  sql: (document) => sql`
    INSERT INTO public.documents AS document (document_type_id, title, description, issue_date, expiration_date,
      document_number, issuing_authority, contact_info, file_path, created_by, created_at, updated_at)
    VALUES (${document.documentTypeId}, ${document.title}, ${document.description},
      ${sql.timestamp(document.issueDate)}, ${sql.timestamp(document.expirationDate)}, ${document.documentNumber},
      ${document.issuingAuthority}, ${document.contactInfo}, ${document.filePath}, ${document.createdBy},
      ${utcNow}, ${utcNow})
    RETURNING ${documentColumns}`,
  samples: [
    {
      documentTypeId: 't1',
      title: 'Licence',
      issueDate: new Date('2026-01-01'),
      expirationDate: new Date('2027-01-01'),
      createdBy: 'admin',
    },
  ],
});

/** Changes what a document says, its state, or whether it is in use; not its expiration date. */
export const updateDocument = defineQuery({
  name: 'updateDocument',
  access: 'write',
  input: z.strictObject({
    id,
    updatedBy: id,
    patch: patch({ ...details, status: documentsStatus, isActive: z.boolean() }),
  }),
  row: documentsRow,
  rows: 'one',
  sql: ({ id, updatedBy, patch }) => sql`
    UPDATE public.documents AS document
    SET ${assignments(
      {
        title: 'title',
        description: 'description',
        issueDate: 'issue_date',
        documentNumber: 'document_number',
        issuingAuthority: 'issuing_authority',
        contactInfo: 'contact_info',
        filePath: 'file_path',
        status: 'status',
        isActive: 'is_active',
      },
      patch,
    )}, updated_by = ${updatedBy}, updated_at = ${utcNow}
    WHERE document.id = ${id}
    RETURNING ${documentColumns}`,
  samples: [
    { id: 'd1', updatedBy: 'admin', patch: { title: 'Licence' } },
    {
      id: 'd1',
      updatedBy: 'admin',
      patch: {
        title: 'Licence',
        description: null,
        issueDate: new Date('2026-01-01'),
        documentNumber: null,
        issuingAuthority: null,
        contactInfo: null,
        filePath: null,
        status: 'suspended',
        isActive: false,
      },
    },
  ],
});
