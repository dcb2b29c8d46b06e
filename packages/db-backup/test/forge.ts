import { cp, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { openSealedJson, sealJson } from '../src/storage/sealed-json.ts';

/** Copies a backup and changes a sealed file of it the way no accident would: with a seal that fits. */
export async function forge(
  from: string,
  to: string,
  file: string,
  change: (sealed: Record<string, unknown>) => Record<string, unknown>,
): Promise<string> {
  await cp(from, to, { recursive: true });
  const { value } = openSealedJson<Record<string, unknown>>(
    await readFile(join(to, file), 'utf8'),
    file,
  );
  const { seal: _, ...rest } = value;
  await writeFile(join(to, file), sealJson({ ...rest, ...change(rest) }, file));
  return to;
}
