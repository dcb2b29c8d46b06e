import { readFile } from 'node:fs/promises';

/** Where a query is defined. */
export interface SourcePlace {
  readonly file: string;
  /** From 1. */
  readonly line: number;
}

/** Finds where a file says `name: '…'`; the export of that name, or line 1, where it does not. */
export async function sourcePlace(file: string, name: string): Promise<SourcePlace> {
  const text = await readFile(file, 'utf8').catch(() => '');
  const quoted = name.replace(/[^\w]/g, '\\$&');
  const at = [`\\bname:\\s*(['"\`])${quoted}\\1`, `\\bexport const ${quoted}\\b`]
    .map((pattern) => text.search(new RegExp(pattern)))
    .find((position) => position >= 0);
  return { file, line: text.slice(0, at ?? 0).split('\n').length };
}
