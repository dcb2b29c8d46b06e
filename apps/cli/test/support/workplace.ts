import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, onTestFinished } from 'vitest';

/** A folder of its own for the files that commands write; removed with the test, or with its suite. */
export async function workplace({ keep = false } = {}): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'tothub-cli-'));
  const remove = () => rm(folder, { recursive: true, force: true });
  if (keep) afterAll(remove);
  else onTestFinished(remove);
  return folder;
}
