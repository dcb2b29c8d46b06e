/**
 * Messages of staff to a parent, to a member of staff or to everybody. A broadcast is one row with one read mark, so
 * it cannot be unread for one person and read for another: broadcasts are listed, never counted as unread.
 */
import { z } from 'zod';
import { defineKeysetQuery } from '../pagination/define-keyset-query.ts';
import { defineQuery } from '../query/define-query.ts';
import { filledText, id } from '../query/input.ts';
import { pgType } from '../query/pg-type.ts';
import { type SqlFragment, sql } from '../query/sql.ts';
import { utcNow } from '../query/utc-now.ts';
import { messagesPriority, messagesRow } from '../rows/index.ts';

const messageColumns = sql`
  message.id, message.sender_id AS "senderId", message.recipient_type AS "recipientType",
  message.recipient_id AS "recipientId", message.subject, message.content,
  message.attachment_urls AS "attachmentUrls", message.is_read AS "isRead", message.priority,
  message.created_at AS "createdAt"`;

/** As they are stored, for a query within a query. */
const storedColumns = sql`
  message.id, message.sender_id, message.recipient_type, message.recipient_id, message.subject, message.content,
  message.attachment_urls, message.is_read, message.priority, message.created_at`;

/** One person who gets messages. */
const person = z.strictObject({ type: z.enum(['parent', 'staff']), id });

const recipient = z.discriminatedUnion('type', [
  z.strictObject({ type: z.literal('parent'), id }),
  z.strictObject({ type: z.literal('staff'), id }),
  z.strictObject({ type: z.literal('broadcast') }),
]);

/**
 * Sends a message to one person or to everybody.
 *
 * @example
 * await sendMessage(db, { senderId, recipient: { type: 'parent', id }, content: 'Please bring a sun hat.' });
 * // INSERT INTO public.messages AS message (sender_id, recipient_type, recipient_id, …) VALUES ($1, $2, $3, …)
 */
export const sendMessage = defineQuery({
  name: 'sendMessage',
  access: 'write',
  input: z.strictObject({
    senderId: id,
    recipient,
    subject: filledText(500).nullish(),
    content: filledText(),
    attachmentUrls: z.array(filledText(2_048)).max(20).default([]),
    priority: messagesPriority.default('normal'),
  }),
  row: messagesRow,
  rows: 'one',
  sql: ({ senderId, recipient, subject = null, content, attachmentUrls, priority }) => sql`
    INSERT INTO public.messages AS message
      (sender_id, recipient_type, recipient_id, subject, content, attachment_urls, priority, is_read, created_at)
    VALUES (${senderId}, ${recipient.type}, ${recipient.type === 'broadcast' ? null : recipient.id}, ${subject},
      ${content}, ${sql.array(attachmentUrls, 'text')}, ${priority}, false, ${utcNow})
    RETURNING ${messageColumns}`,
  samples: [{ senderId: 's1', recipient: { type: 'parent', id: 'p1' }, content: 'Good morning' }],
});

/**
 * Lists what a person was sent, broadcasts included, newest first, page by page. A page is the newest of both kinds,
 * each read from the end of its own index: with one condition for both the server would read every message.
 *
 * @example
 * await listInbox(db, { recipient: { type: 'parent', id: 'p1' } });
 * // SELECT … FROM ((SELECT … ORDER BY … LIMIT $3) UNION ALL (SELECT … ORDER BY … LIMIT $4)) AS message
 * // ORDER BY message.created_at DESC, message.id DESC LIMIT $5
 */
export const listInbox = defineKeysetQuery({
  name: 'listInbox',
  input: z.strictObject({ recipient: person }),
  row: messagesRow,
  order: [
    { sql: sql`message.created_at`, type: 'timestamp', direction: 'desc', nullable: true },
    { sql: sql`message.id`, type: 'text', direction: 'desc' },
  ],
  limit: { default: 20, most: 50 },
  sql: ({ recipient }, page) => {
    const newest = (which: SqlFragment) => sql`
      (SELECT ${storedColumns} FROM public.messages AS message WHERE ${which} AND ${page.after} ${page.orderByLimit})`;
    return sql`
      SELECT ${messageColumns}, ${page.cursor}
      FROM (
        ${newest(sql`message.recipient_type = ${recipient.type} AND message.recipient_id = ${recipient.id}`)}
        UNION ALL
        ${newest(sql`message.recipient_type = 'broadcast'`)}
      ) AS message
      ${page.orderByLimit}`;
  },
  samples: [{ recipient: { type: 'parent', id: 'p1' } }],
});

/**
 * Marks a message as read; once more changes nothing. With `recipient`, only a message to that person, so that
 * nobody marks another's.
 */
export const markMessageRead = defineQuery({
  name: 'markMessageRead',
  access: 'write',
  input: z.strictObject({ id, recipient: person.optional() }),
  row: messagesRow,
  rows: 'one',
  sql: ({ id, recipient }) => sql`
    UPDATE public.messages AS message SET is_read = true
    WHERE message.id = ${id} AND (${recipient?.type ?? null}::text IS NULL
      OR (message.recipient_type = ${recipient?.type ?? null} AND message.recipient_id = ${recipient?.id ?? null}))
    RETURNING ${messageColumns}`,
  samples: [{ id: 'm1' }],
});

/** Counts the messages to a person that are not read yet; broadcasts are not among them. */
export const countUnreadMessages = defineQuery({
  name: 'countUnreadMessages',
  access: 'read',
  input: z.strictObject({ recipient: person }),
  row: z.object({ unread: pgType.int4 }),
  rows: 'one',
  sql: ({ recipient }) => sql`
    SELECT count(*)::int4 AS unread FROM public.messages
    WHERE recipient_type = ${recipient.type} AND recipient_id = ${recipient.id} AND is_read IS NOT TRUE`,
  samples: [{ recipient: { type: 'staff', id: 's1' } }],
});
