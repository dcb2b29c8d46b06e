import { afterAll, beforeAll, expect, test } from 'vitest';
import { type OpenDatabase, openMigrated } from '../../test/open-database.ts';
import { ForeignKeyViolationError, InvalidInputError } from '../errors.ts';
import { listMediaForChildren, shareMedia } from './media.ts';

let opened: OpenDatabase;
let staffId: string;
let [first, second, third]: string[] = [];

beforeAll(async () => {
  opened = await openMigrated();
  staffId = (await opened.rows('SELECT id FROM staff ORDER BY id LIMIT 1'))[0]?.id as string;
  const children = await opened.rows('SELECT id FROM children ORDER BY id LIMIT 3');
  [first, second, third] = children.map(({ id }) => id as string);
});
afterAll(() => opened?.close());

const share = (childId = '', mediaUrl = '/x.jpg') =>
  shareMedia(opened.db, { childId, staffId, mediaUrl, mediaType: 'photo' });

test('lists the media of the children asked for and no others, newest first', async () => {
  await share(first, '/1.jpg');
  await share(third, '/not-yours.jpg');
  await share(second, '/2.jpg');
  const { items } = await listMediaForChildren(opened.db, {
    childIds: [first, second, second] as string[],
  });
  expect(items.map(({ mediaUrl }) => mediaUrl)).toEqual(['/2.jpg', '/1.jpg']);
  expect(await listMediaForChildren(opened.db, { childIds: [] })).toEqual({
    items: [],
    nextCursor: null,
  });
});

test('never lists what was hidden, nor what nobody said is visible', async () => {
  const [hidden, unknown] = [await share(third, '/hidden.jpg'), await share(third, '/null.jpg')];
  await opened.rows('UPDATE media_shares SET is_visible = false WHERE id = $1', [hidden.id]);
  await opened.rows('UPDATE media_shares SET is_visible = NULL WHERE id = $1', [unknown.id]);
  const { items } = await listMediaForChildren(opened.db, { childIds: [third as string] });
  expect(items.map(({ mediaUrl }) => mediaUrl)).toEqual(['/not-yours.jpg']);
});

test('refuses a child nobody knows and a kind that is neither photo nor video', async () => {
  await expect(share('nobody')).rejects.toThrow(ForeignKeyViolationError);
  const audio = { childId: first as string, staffId, mediaUrl: '/x', mediaType: 'audio' as never };
  await expect(shareMedia(opened.db, audio)).rejects.toThrow(InvalidInputError);
});
