import { afterAll, beforeAll, expect, test } from 'vitest';
import { type OpenDatabase, openMigrated } from '../../test/open-database.ts';
import { InvalidInputError } from '../errors.ts';
import { getSetting, listSettings, setSetting } from './settings.ts';

let opened: OpenDatabase;
beforeAll(async () => {
  opened = await openMigrated();
});
afterAll(() => opened?.close());

test('reads a setting as it stands, spaces and JSON included', async () => {
  expect((await getSetting(opened.db, { key: 'facility_name' }))?.value).toBe(
    'Fixture House Childcare ',
  );
  expect((await getSetting(opened.db, { key: 'notifications' }))?.value).toBe(
    '{"email":true,"sms":false}',
  );
  expect(await getSetting(opened.db, { key: 'Facility_Name' })).toBeNull();
});

test('sets a new setting once, however many do so at once, and a known one anew', async () => {
  const key = `odd 'key" $1`;
  await Promise.all(['1', '2', '3'].map((value) => setSetting(opened.db, { key, value })));
  const last = await setSetting(opened.db, { key, value: '' });
  expect(last.value).toBe('');
  expect(last.updatedAt?.getTime()).toBeGreaterThan(Date.now() - 60_000);
  const keys = (await listSettings(opened.db, {})).map((setting) => setting.key);
  expect(keys.filter((one) => one === key)).toHaveLength(1);
  expect(keys).toHaveLength(5);
});

test('refuses a key that says nothing', async () => {
  await expect(setSetting(opened.db, { key: '', value: 'x' })).rejects.toThrow(InvalidInputError);
});
