import { expect, it } from 'vitest';
import { moveNames } from './move-names.ts';

const moved = [
  { schema: 'app', name: 't' },
  { schema: 'app', name: 't_id_seq' },
  { schema: 'od"d', name: 'x.y' },
];

it.each([
  ['CREATE TABLE app.t (a app.mood);', 'CREATE TABLE "n ""w".t (a app.mood);'],
  [`nextval('app.t_id_seq'::regclass)`, `nextval('"n ""w".t_id_seq'::regclass)`],
  [
    `SELECT pg_catalog.setval('app.t_id_seq', 1)`,
    `SELECT pg_catalog.setval('"n ""w".t_id_seq', 1)`,
  ],
  [`DEFAULT 'see app.t for more'`, `DEFAULT 'see app.t for more'`],
  [`AS $$ SELECT app.t.a $$`, `AS $$ SELECT app.t.a $$`],
  [`E'\\' app.t '`, `E'\\' app.t '`],
  [
    '"od""d"."x.y" app."t" "app.t" xapp.t app.tt',
    '"n ""w"."x.y" "n ""w"."t" "app.t" xapp.t app.tt',
  ],
  ['REFERENCES app.t(id), app.other(id)', 'REFERENCES "n ""w".t(id), app.other(id)'],
])('moves names and nothing else: %s', (sql, expected) => {
  expect(moveNames(sql, moved, 'n "w')).toBe(expected);
});
