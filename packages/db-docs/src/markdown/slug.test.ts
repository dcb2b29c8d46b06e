import { expect, test } from 'vitest';
import { createSlugger } from './slug.ts';

test('anchors follow the rules of GitHub', () => {
  const slug = createSlugger();
  // Expected values are those of github-slugger 2.0.0.
  expect(
    [
      'Tables',
      'public.children',
      'public.children',
      'public.children-1',
      'publicchildren',
      'public."Größe & Maß"',
      'public.日本語',
      'public."a  b"',
      'public."🐘 x"',
      'public."👨‍👩‍👧"',
      'public.f(integer, text[])',
      'public."İstanbul"',
      'public."naïve é"',
      'public."--"',
      'Tables',
      'constructor',
      '!!!',
      '???',
    ].map(slug),
  ).toEqual([
    'tables',
    'publicchildren',
    'publicchildren-1',
    'publicchildren-1-1',
    'publicchildren-2',
    'publicgröße--maß',
    'public日本語',
    'publica--b',
    'public-x',
    'public',
    'publicfinteger-text',
    'publici̇stanbul',
    'publicnaïve-é',
    'public--',
    'tables-1',
    'constructor',
    '',
    '-1',
  ]);
});
