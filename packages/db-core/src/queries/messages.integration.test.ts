import { afterAll, beforeAll, expect, test } from 'vitest';
import { type OpenDatabase, openMigrated } from '../../test/open-database.ts';
import { InvalidInputError, NotFoundError } from '../errors.ts';
import { countUnreadMessages, listInbox, markMessageRead, sendMessage } from './messages.ts';

let opened: OpenDatabase;
let senderId: string;

beforeAll(async () => {
  opened = await openMigrated();
  senderId = (await opened.rows('SELECT id FROM staff ORDER BY id LIMIT 1'))[0]?.id as string;
});
afterAll(() => opened?.close());

const parent = (id: string) => ({ type: 'parent' as const, id });

test('stores hostile text as it is', async () => {
  const content = `'; DROP TABLE messages; -- "quoted" $1 \\ \u{1F98A}\n%`;
  const sent = await sendMessage(opened.db, {
    senderId,
    recipient: parent("p'1"),
    subject: null,
    content,
    attachmentUrls: ['/a,b.pdf', '{"x"}', ''.padEnd(10, '"')],
  });
  expect(sent).toMatchObject({ content, recipientId: "p'1", priority: 'normal', isRead: false });
  expect(sent.attachmentUrls).toEqual(['/a,b.pdf', '{"x"}', '""""""""""']);
});

test('refuses text with NUL, an empty message and a broadcast to one person', async () => {
  const message = { senderId, recipient: parent('p') };
  for (const content of ['a\0b', '']) {
    await expect(sendMessage(opened.db, { ...message, content })).rejects.toThrow(
      InvalidInputError,
    );
  }
  const recipient = { type: 'broadcast', id: 'p' } as never;
  await expect(sendMessage(opened.db, { ...message, recipient, content: 'x' })).rejects.toThrow(
    InvalidInputError,
  );
});

test('shows a person its own messages and broadcasts, not those of another or of staff with the same id', async () => {
  const send = (recipient: Parameters<typeof sendMessage>[1]['recipient'], content: string) =>
    sendMessage(opened.db, { senderId, recipient, content });
  await send(parent('ann'), 'to ann');
  await send(parent('bob'), 'to bob');
  await send({ type: 'staff', id: 'ann' }, 'to staff ann');
  await send({ type: 'broadcast' }, 'to all');
  const { items, nextCursor } = await listInbox(opened.db, { recipient: parent('ann') });
  expect(items.map(({ content }) => content)).toEqual(['to all', 'to ann']);
  expect(nextCursor).toBeNull();
});

test('pages through direct messages and broadcasts as one list, those of the same instant included', async () => {
  await opened.rows(
    `INSERT INTO messages (sender_id, recipient_type, recipient_id, content, created_at)
     SELECT $1, CASE n % 3 WHEN 0 THEN 'broadcast' ELSE 'parent' END, CASE n % 3 WHEN 0 THEN NULL ELSE 'paged' END,
       n::text, CASE WHEN n < 18 THEN timestamp '2026-01-01 10:00:00.123456' + n / 4 * interval '1 microsecond' END
     FROM generate_series(1, 20) AS n`,
    [senderId],
  );
  const seen: string[] = [];
  let cursor: string | null = null;
  do {
    const page: Awaited<ReturnType<typeof listInbox>> = await listInbox(opened.db, {
      recipient: parent('paged'),
      limit: 3,
      cursor,
    });
    expect(page.items.length).toBeLessThanOrEqual(3);
    seen.push(...page.items.map(({ id }) => id));
    cursor = page.nextCursor;
  } while (cursor !== null);
  const stored = await opened.rows(
    `SELECT id FROM messages WHERE recipient_id = 'paged' OR recipient_type = 'broadcast'
     ORDER BY created_at DESC, id DESC`,
  );
  expect(seen).toEqual(stored.map(({ id }) => id));
  expect(seen.length).toBeGreaterThanOrEqual(20);
  await expect(listInbox(opened.db, { recipient: parent('paged'), limit: 51 })).rejects.toThrow(
    InvalidInputError,
  );
});

test('counts what is unread and lets only the recipient mark it', async () => {
  const recipient = parent('cat');
  const { id } = await sendMessage(opened.db, { senderId, recipient, content: 'one' });
  await sendMessage(opened.db, { senderId, recipient, content: 'two' });
  expect(await countUnreadMessages(opened.db, { recipient })).toEqual({ unread: 2 });
  await expect(markMessageRead(opened.db, { id, recipient: parent('dog') })).rejects.toThrow(
    NotFoundError,
  );
  await markMessageRead(opened.db, { id, recipient });
  await markMessageRead(opened.db, { id });
  expect(await countUnreadMessages(opened.db, { recipient })).toEqual({ unread: 1 });
});
