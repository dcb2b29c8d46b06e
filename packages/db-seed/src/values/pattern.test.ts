import { expect, test } from 'vitest';
import { textLike, textMatching } from './pattern.ts';
import { Random } from './random.ts';

const random = new Random();
const drawn = (draw: () => string | undefined): (string | undefined)[] =>
  Array.from({ length: 50 }, (_, number) => random.within([number], draw));

test.for([
  '^[A-Z]{3}-\\d{4}$',
  '^(A|B|AB|O)[+-]$',
  '^\\+1[2-9][0-9]{9}$',
  '^[a-z0-9._%+-]+@[a-z0-9.-]+\\.[a-z]{2,4}$',
  '^(?:x|yy)*z?$',
  '^[^0-9 ]{2,}$',
  '^[\\w.-]{3}\\.$',
  '^a{0}b{2,}?c$',
  '^[]x-]y$',
  '^((a|b){2}c){3}$',
])('draws text that matches %s', (pattern) => {
  const own = pattern.replace('[]x-]', '[\\]x-]');
  for (const text of drawn(() => textMatching(pattern, random)))
    expect(text).toMatch(new RegExp(own));
});

test('knows the classes of POSIX', () => {
  for (const text of drawn(() => textMatching('^[[:upper:]][[:digit:]_]$', random))) {
    expect(text).toMatch(/^[A-Z][0-9_]$/);
  }
});

test.for(['(?=x)y', '(a)\\1', '[[:nonsense:]]', '(open', '\\u0041'])(
  'leaves %s to the server',
  (pattern) => {
    expect(textMatching(pattern, random)).toBeUndefined();
  },
);

test('draws text that is LIKE a pattern, escapes kept', () => {
  for (const text of drawn(() => textLike('%@_.x\\%', random))) expect(text).toMatch(/^.*@.\.x%$/);
});
