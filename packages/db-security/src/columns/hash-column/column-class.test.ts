import { expect, test } from 'vitest';
import { actionFor, classifyColumnValue } from './column-class.ts';

const bcrypt = '$2b$10$WnYkYhMFFB4WhyMsWxx1yOVkHFAvEmykGuMkBVvIwvnCLjwkZIUsq';

test.each([
  [null, 'null'],
  ['', 'empty'],
  [' \t\n', 'blank'],
  ['0042', 'digits'],
  [' 0042 ', 'digits'],
  ['hunter2', 'text'],
  ['p\u00e4ss w\u00f6rd', 'text'],
  ['0xC0FFEE', 'token'],
  ['d41d8cd98f00b204e9800998ecf8427e', 'ciphertext'],
  ['U2FsdGVkX1+abc=', 'ciphertext'],
  ['6f1c2a3e-0d4b-4c5d-8e6f-7a8b9c0d1e2f', 'identifier'],
  ['["1234"]', 'json'],
  [bcrypt, 'hash', 'bcrypt $2b$ cost 10'],
  [bcrypt.replace('2b', '2x'), 'hash', 'bcrypt $2x$ cost 10'],
  [`$bcrypt-hmac-sha384$v=1,k=a,n=nfc${bcrypt}`, 'hash', 'bcrypt $2b$ cost 10, peppered'],
  [`$bcrypt-hmac-sha384$v=1,c=a,n=nfc${bcrypt}`, 'hash', 'bcrypt $2b$ cost 10, digested'],
  [`${bcrypt}\r\n`, 'other-hash', 'with spaces around it'],
  [bcrypt.slice(0, -1), 'other-hash', 'bcrypt'],
  ['$6$rounds=5000$salt$abc', 'other-hash', 'sha512-crypt'],
  ['{SSHA}abc', 'other-hash', 'ldap'],
  ['$1$money', 'other-hash', 'md5-crypt'],
  ['x'.repeat(4097), 'too-long'],
])('%j is %s', (value, name, kind?: string) => {
  expect(classifyColumnValue(value, true)).toEqual(
    kind === undefined ? { class: name } : { class: name, kind },
  );
});

test('what has more than 72 bytes is too long for bcrypt alone', () => {
  const umlauts = '\u00e4'.repeat(36);
  expect(classifyColumnValue(umlauts, false).class).toBe('text');
  expect(classifyColumnValue(`${umlauts}x`, false).class).toBe('too-long');
  expect(classifyColumnValue(`${umlauts}x`, true).class).toBe('text');
});

test('nothing in doubt is hashed or kept without a word', () => {
  for (const found of [
    'blank',
    'token',
    'ciphertext',
    'identifier',
    'json',
    'other-hash',
  ] as const) {
    expect(actionFor(found, {})).toBe('undecided');
  }
  expect(actionFor('json', { json: 'hash' })).toBe('hash');
  expect(actionFor('hash', {})).toBe('done');
  expect(actionFor('text', {})).toBe('hash');
});
