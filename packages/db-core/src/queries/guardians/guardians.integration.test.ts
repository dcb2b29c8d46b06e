import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type OpenDatabase, openMigrated } from '../../../test/open-database.ts';
import { ForeignKeyViolationError } from '../../errors.ts';
import { createChild, unenrollChild } from '../children/write-children.ts';
import { getChildWithParents, listChildrenWithParents } from './children-with-parents.ts';
import { linkGuardian, listChildrenOfParent, unlinkGuardian } from './guardians.ts';

let on: OpenDatabase;
let parents = 0;

beforeAll(async () => {
  on = await openMigrated();
});
afterAll(() => on?.close());

async function newChild(firstName = 'Ada'): Promise<string> {
  const { id } = await createChild(on.db, {
    firstName,
    lastName: 'Moss',
    dateOfBirth: new Date('2022-03-01T00:00:00Z'),
    ageGroup: 'toddler',
    room: 'Acorns',
    parentName: 'Grace Moss',
  });
  return id;
}

async function newParent(firstName = 'Grace'): Promise<string> {
  const name = `guardian${parents++}`;
  const [row] = await on.rows(
    `INSERT INTO parents (username, password_hash, email, first_name, last_name)
     VALUES ($1, '$2b$10$x', $2, $3, 'Moss') RETURNING id`,
    [name, `${name}@example.org`, firstName],
  );
  return String(row?.id);
}

describe('linkGuardian and unlinkGuardian', () => {
  test('make and end a link once, in step with the array of older code', async () => {
    const [parentId, childId] = [await newParent(), await newChild()];
    const array = async () =>
      (await on.rows('SELECT children_ids FROM parents WHERE id = $1', [parentId]))[0];
    expect(await linkGuardian(on.db, { parentId, childId, relationship: 'mother' })).toBe(1);
    expect(await linkGuardian(on.db, { parentId, childId, relationship: 'aunt' })).toBe(0);
    expect(await array()).toEqual({ children_ids: [childId] });
    expect(await getChildWithParents(on.db, { id: childId })).toMatchObject({
      parentId,
      parents: [{ id: parentId, relationship: 'mother', isPrimary: true }],
    });
    expect(await unlinkGuardian(on.db, { parentId, childId })).toBe(1);
    expect(await unlinkGuardian(on.db, { parentId, childId })).toBe(0);
    expect(await array()).toEqual({ children_ids: [] });
    expect(await getChildWithParents(on.db, { id: childId })).toMatchObject({
      parentId: null,
      parents: [],
    });
  });

  test('make one link of several at once', async () => {
    const [parentId, childId] = [await newParent(), await newChild()];
    const made = await Promise.all([1, 2, 3].map(() => linkGuardian(on.db, { parentId, childId })));
    expect(made.toSorted()).toEqual([0, 0, 1]);
  });

  test('refuse a parent or a child that does not exist', async () => {
    const [parentId, childId] = [await newParent(), await newChild()];
    for (const link of [
      { parentId, childId: 'x' },
      { parentId: 'x', childId },
    ]) {
      await expect(linkGuardian(on.db, link)).rejects.toThrow(ForeignKeyViolationError);
    }
  });
});

describe('listChildrenOfParent', () => {
  test('lists them by first name, those who have left included, and nobody elses', async () => {
    const parentId = await newParent();
    const [zoe, ben] = [await newChild('Zoe'), await newChild('Ben')];
    for (const childId of [zoe, ben]) await linkGuardian(on.db, { parentId, childId });
    await linkGuardian(on.db, { parentId: await newParent(), childId: await newChild() });
    await unenrollChild(on.db, { id: ben, reason: 'x', at: new Date('2026-01-01T00:00:00Z') });
    const children = await listChildrenOfParent(on.db, { parentId });
    expect(children.map(({ id, isActive }) => [id, isActive])).toEqual([
      [ben, false],
      [zoe, true],
    ]);
    expect(await listChildrenOfParent(on.db, { parentId: 'nobody' })).toEqual([]);
  });
});

describe('children with their parents', () => {
  test('names the parents of each child by name, and no secret of theirs', async () => {
    const [child, zoe, ben] = [await newChild(), await newParent('Zoe'), await newParent('Ben')];
    await linkGuardian(on.db, { parentId: zoe, childId: child, relationship: 'mother' });
    await linkGuardian(on.db, { parentId: ben, childId: child });
    await on.rows('UPDATE parents SET is_active = false WHERE id = $1', [ben]);
    const found = await getChildWithParents(on.db, { id: child });
    expect(found?.parents).toEqual([
      expect.objectContaining({ id: ben, isActive: false, isPrimary: false, relationship: null }),
      {
        id: zoe,
        firstName: 'Zoe',
        lastName: 'Moss',
        email: expect.stringContaining('@example.org'),
        phone: null,
        isActive: true,
        relationship: 'mother',
        isPrimary: true,
      },
    ]);
    expect(await getChildWithParents(on.db, { id: 'nobody' })).toBeNull();
  });

  test('lists every enrolled child once, with or without parents', async () => {
    const seen: [string, number][] = [];
    let cursor: string | null = null;
    do {
      const page = await listChildrenWithParents(on.db, { limit: 11, cursor });
      seen.push(...page.items.map((child): [string, number] => [child.id, child.parents.length]));
      cursor = page.nextCursor;
    } while (cursor !== null);
    const rows = await on.rows(
      `SELECT id, (SELECT count(*)::int FROM child_guardians WHERE child_id = children.id) AS parents
       FROM children WHERE is_active ORDER BY first_name, last_name, id`,
    );
    expect(seen).toEqual(rows.map((row) => [row.id, row.parents]));
  });
});
