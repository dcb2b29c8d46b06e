import { expect, test } from 'vitest';
import { prose } from './prose.ts';

test('markup in a comment is shown, not obeyed', () => {
  expect(prose('**bold** _em_ `code` [a](javascript:alert(1)) ~~x~~')).toBe(
    '\\*\\*bold\\*\\* \\_em\\_ \\`code\\` \\[a\\](javascript:alert(1)) \\~\\~x\\~\\~',
  );
  expect(prose('<script>alert(1)</script> & <!-- x -->')).toBe(
    '&lt;script&gt;alert(1)&lt;/script&gt; &amp; &lt;!-- x --&gt;',
  );
  expect(prose('a | b \\| c')).toBe('a &#124; b &#92;&#124; c');
  expect(prose('$x$ costs $5')).toBe('<span>$</span>x<span>$</span> costs <span>$</span>5');
  expect(prose(':smile: at 10:30')).toBe('<span>:</span>smile: at 10:30');
});

test('a line of a comment is no heading, list or rule', () => {
  expect(['# a', '- a', '+ a', '1. a', '2) a', '=== ', '---', '> a', '    a'].map(prose)).toEqual([
    '\\# a',
    '\\- a',
    '\\+ a',
    '1\\. a',
    '2\\) a',
    '\\===',
    '\\---',
    '&gt; a',
    'a',
  ]);
});

test('an ordinary comment stays as it is typed', () => {
  const comment = 'The child_id of a child (see children.id), 100% sure — 🐘 größe, it’s fine: ok!';
  expect(prose(comment)).toBe(comment);
});

test('line breaks of every kind stay line breaks, on one line', () => {
  expect(prose('a\nb\r\nc\n\n# d\u2028e\t')).toBe('a<br>b<br>c<br><br>\\# d<br>e');
});

test('characters that reorder or hide text are replaced', () => {
  expect(prose('a\u202Eb\u0007')).toBe('a\uFFFDb\uFFFD');
});
