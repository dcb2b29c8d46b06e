import { expect, test } from 'vitest';
import { factsOfExpression } from './check-facts.ts';

// The texts are what pg_get_expr prints.
test.for([
  [
    `((status)::text = ANY ((ARRAY['a'::character varying, 'b'::character varying])::text[]))`,
    { status: { choices: ['a', 'b'] } },
  ],
  [`(kind = ANY ('{x,y}'::text[]))`, { kind: { choices: ['x', 'y'] } }],
  [`((kind = 'p'::text) OR (kind = 'q'::text))`, { kind: { choices: ['p', 'q'] } }],
  [
    `((n >= 0) AND (n <= '-10'::integer))`,
    { n: { lower: [{ value: '0', inclusive: true }], upper: [{ value: '-10', inclusive: true }] } },
  ],
  [`(5 < n)`, { n: { lower: [{ value: '5', inclusive: false }] } }],
  [
    `(ends > starts)`,
    {
      ends: { above: [{ column: 'starts', inclusive: false }] },
      starts: { below: [{ column: 'ends', inclusive: false }] },
    },
  ],
  [`(until > now())`, { until: { lower: [{ value: { now: true }, inclusive: false }] } }],
  [`(code ~ '^x$'::text)`, { code: { patterns: ['^x$'] } }],
  [`(mail ~~ '%@%'::text)`, { mail: { likes: ['%@%'] } }],
  [`(char_length((name)::text) <= 10)`, { name: { maxLength: 10 } }],
  [`(length(name) > 3)`, { name: { minLength: 4 } }],
  [`(btrim(name) <> ''::text)`, { name: { refused: [''] } }],
  [`(name IS NOT NULL)`, { name: { notNull: true } }],
  [`((name IS NULL) OR (n > 3))`, { n: { lower: [{ value: '3', inclusive: false }] } }],
  [`((NOT hidden) AND shown)`, { hidden: { choices: ['false'] }, shown: { choices: ['true'] } }],
  [`is_even(n)`, {}],
  [`((a + b) < 900)`, {}],
  [`this is no expression`, {}],
] as const)('reads %s', async ([expression, facts]) => {
  expect(Object.fromEntries(await factsOfExpression(expression))).toEqual(facts);
});
