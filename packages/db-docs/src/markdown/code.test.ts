import { expect, test } from 'vitest';
import { code } from './code.ts';

test('an ordinary name or type is a code span', () => {
  expect(code('character varying(255)')).toBe('`character varying(255)`');
  expect(code('a*b_<i>&amp;\\')).toBe('`a*b_<i>&amp;\\`');
});

test('what a code span cannot hold in a table cell is escaped inside <code>', () => {
  expect(code('a|b')).toBe('<code>a&#124;b</code>');
  expect(code('`')).toBe('<code>&#96;</code>');
  expect(code("x ~ 'a\nb'")).toBe("<code>x &#126; 'a</code><br><code>b'</code>");
  expect(code('<img src=x onerror=1>|')).toBe('<code>&#60;img src=x onerror=1&#62;&#124;</code>');
  expect(code('[a](b)|*c*_d_$e$')).toBe(
    '<code>&#91;a&#93;(b)&#124;&#42;c&#42;&#95;d&#95;&#36;e&#36;</code>',
  );
  expect(code("child_id::text || 'https://x'")).toBe(
    "<code>child_id::text &#124;&#124; 'https&#58;//x'</code>",
  );
  expect(code('')).toBe('<code></code>');
});

test('what cannot be seen is made visible', () => {
  expect(code('a\u202Eb\u0001')).toBe('<code>a⟨U+202E⟩b⟨U+0001⟩</code>');
});
