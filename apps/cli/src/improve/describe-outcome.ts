import { existsSync } from 'node:fs';
import { join, relative } from 'node:path';
import type { ImproveReport } from './improve.ts';

const sentences: Record<ImproveReport['outcome'], string> = {
  improved: 'Done: nothing was lost, and every check that could be made passed.',
  'nothing to do': 'Nothing to do: the database is in its sound state.',
  'check failed': 'A check failed; the lines marked ✗ say which.',
};

/** How the improvement ended, and where the report is. */
export function describeOutcome({ outcome }: ImproveReport, directory: string): string {
  const path = join(directory, 'report.md');
  const shown = relative(process.cwd(), path);
  return existsSync(path) ? `${sentences[outcome]}\nReport: ${shown}` : sentences[outcome];
}
