import { expect, test } from 'vitest';
import { RULES } from './rules.ts';
import { SQLSTATES } from './sqlstates.ts';

test('every rule is reached: none comes after one that takes all it fits', () => {
  for (const [index, [pattern]] of RULES.entries()) {
    const before = RULES.slice(0, index).find(([earlier]) => pattern.startsWith(earlier));
    expect(before?.[0], `${pattern} is hidden`).toBeUndefined();
  }
});

test('every exception comes before its class, and the class has a rule of its own', () => {
  for (const [index, [pattern]] of RULES.entries()) {
    if (pattern.length === 2) continue;
    const ofClass = RULES.findIndex(([other]) => other === pattern.slice(0, 2));
    expect(ofClass, `class of ${pattern}`).toBeGreaterThan(index);
  }
});

test('every class of PostgreSQL has a rule', () => {
  const classes = new Set(Object.keys(SQLSTATES).map((sqlstate) => sqlstate.slice(0, 2)));
  const ruled = new Set(RULES.map(([pattern]) => pattern).filter(({ length }) => length === 2));
  expect(ruled).toEqual(classes);
});

test('every exception is a SQLSTATE that PostgreSQL knows', () => {
  for (const [pattern] of RULES) {
    if (pattern.length === 5) expect(SQLSTATES).toHaveProperty(pattern);
    else expect(pattern).toMatch(/^[0-9A-Z]{2}$/);
  }
});
