import { expect, test } from 'vitest';
import type { GeneratorContext } from '../profile.ts';
import { createFaker } from './fake.ts';
import { earlierSiblings } from './names.ts';
import { Random } from './random.ts';
import { textByName } from './text-by-name.ts';

const random = new Random();
const now = new Date('2025-09-01T12:00:00Z');
const context: GeneratorContext = {
  index: 3,
  attempt: 0,
  row: { first_name: 'Ada', last_name: "O'Dell" },
  faker: createFaker(random, now),
  random,
  now,
  rows: () => [],
  pick: () => undefined,
};
const draw = (column: string, table = 'thing'): unknown =>
  random.within([column], () => textByName(table, column)?.(context));

test('mail goes to a reserved domain and repeats the names of the row', () => {
  for (const column of ['email', 'parentEmail', 'E-Mail', 'contact_email_address']) {
    expect(draw(column)).toBe('ada.odell4@example.org');
  }
});

test('phones are fictional, addresses of the web and of machines reserved', () => {
  expect(draw('phone_number')).toMatch(/^202-555-01\d\d$/);
  expect(draw('websiteUrl')).toMatch(/^https:\/\/example\.org\//);
  expect(draw('photo_url')).toMatch(/^https:\/\/example\.org\/.*\.jpg$/);
  expect(draw('ip_address')).toMatch(/^192\.0\.2\.\d+$/);
});

test('what would be a secret says that it is a sample', () => {
  for (const column of ['password_hash', 'api_key', 'ssn', 'reset_token']) {
    expect(draw(column)).toMatch(/^sample-/);
  }
});

test('a name belongs to a person where the table is about people', () => {
  expect(draw('name', 'parents')).toMatch(/^[A-Z]\S* [A-Z]/);
  expect(draw('name', 'room')).toMatch(/^[a-z]/);
  expect(textByName('thing', 'quux')).toBeUndefined();
});

test('knows which of two columns comes first', () => {
  const all = ['starts_at', 'ends_at', 'created', 'updated', 'minPrice', 'maxPrice', 'end'];
  expect(earlierSiblings('ends_at', all)).toEqual(['starts_at']);
  expect(earlierSiblings('updated', all)).toEqual(['created']);
  expect(earlierSiblings('maxPrice', all)).toEqual(['minPrice']);
  expect(earlierSiblings('end', all)).toEqual([]);
});
