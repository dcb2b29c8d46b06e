import { afterAll, beforeAll, expect, test } from 'vitest';
import { type OpenDatabase, openMigrated } from '../../../test/open-database.ts';
import {
  ForeignKeyViolationError,
  InvalidInputError,
  NotNullViolationError,
  UnexpectedResultError,
} from '../../errors.ts';
import { setProfileChildren } from './profile-children.ts';
import { getProfile, getProfileByUsername } from './profiles.ts';
import { upsertProfile } from './upsert-profile.ts';

let opened: OpenDatabase;
beforeAll(async () => {
  opened = await openMigrated();
});
afterAll(() => opened?.close());

const ada = { username: 'ada', role: 'staff', firstName: 'Ada', lastName: `O'Moss` };

test('makes a profile of the four facts it needs, then changes only what is given; null clears', async () => {
  const made = await upsertProfile(opened.db, {
    userId: 'p1',
    patch: { ...ada, bio: 'Gardener', dateOfBirth: new Date('1990-02-28T00:00:00Z') },
  });
  expect(made).toMatchObject({ ...ada, isActive: true, preferredLanguage: 'en', childIds: [] });
  const changed = await upsertProfile(opened.db, {
    userId: 'p1',
    patch: { bio: null, city: '', email: undefined },
  });
  expect(changed).toEqual({ ...made, bio: null, city: '', updatedAt: changed.updatedAt });
  expect(await getProfile(opened.db, { userId: 'p1' })).toEqual(changed);
  expect(await getProfile(opened.db, { userId: 'P1' })).toBeNull();
});

test('refuses to make a profile of less than it needs, and a patch of nothing or of other columns', async () => {
  await expect(upsertProfile(opened.db, { userId: 'less', patch: { bio: 'x' } })).rejects.toThrow(
    NotNullViolationError,
  );
  for (const patch of [{}, { userId: 'x' }, { id: 'x' }, { username: null }]) {
    await expect(upsertProfile(opened.db, { userId: 'p1', patch: patch as never })).rejects.toThrow(
      InvalidInputError,
    );
  }
});

test('leaves one profile when two make it at once', async () => {
  const made = await Promise.all(
    ['a', 'b', 'c'].map((bio) =>
      upsertProfile(opened.db, { userId: 'race', patch: { ...ada, username: 'race', bio } }),
    ),
  );
  expect(new Set(made.map(({ id }) => id)).size).toBe(1);
});

test('finds the active profile of a user name, and picks none when two people share it', async () => {
  const patch = { ...ada, username: 'shared' };
  const { userId } = await upsertProfile(opened.db, { userId: 's1', patch });
  expect((await getProfileByUsername(opened.db, { username: 'shared' }))?.userId).toBe(userId);
  await upsertProfile(opened.db, { userId: 's2', patch });
  await expect(getProfileByUsername(opened.db, { username: 'shared' })).rejects.toThrow(
    UnexpectedResultError,
  );
  await upsertProfile(opened.db, { userId: 's2', patch: { isActive: false } });
  expect((await getProfileByUsername(opened.db, { username: 'shared' }))?.userId).toBe('s1');
});

test('links exactly these children, which older code sees in its array', async () => {
  const [first, second] = (await opened.rows('SELECT id FROM children ORDER BY id LIMIT 2')).map(
    ({ id }) => id as string,
  ) as [string, string];
  const { id: profileId } = await upsertProfile(opened.db, { userId: 'kids', patch: ada });
  const set = (childIds: string[]) => setProfileChildren(opened.db, { profileId, childIds });
  expect(await set([second, first, first])).toEqual({ changed: 2 });
  expect((await getProfile(opened.db, { userId: 'kids' }))?.childIds).toEqual([first, second]);
  expect(await set([second])).toEqual({ changed: 1 });
  const [row] = await opened.rows('SELECT children_ids FROM user_profiles WHERE id = $1', [
    profileId,
  ]);
  expect(row?.children_ids).toEqual([second]);
  await expect(set(['nobody'])).rejects.toThrow(ForeignKeyViolationError);
  expect((await getProfile(opened.db, { userId: 'kids' }))?.childIds).toEqual([second]);
});
