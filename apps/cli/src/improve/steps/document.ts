import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { catalogOf, documentDatabase, documentDifferences } from '../../project/document.ts';
import { writeWhole } from '../journal.ts';
import type { Step } from '../step.ts';

export const documentNames = { before: 'db_schema.before.md', after: 'db_schema.md' } as const;

/** The database as it was when the run began; written once a run. */
export const documentBefore: Step = {
  name: 'document (before)',
  async pending({ journal }) {
    return journal.unfinished?.steps.some(({ name }) => name === this.name)
      ? null
      : `write ${documentNames.before}`;
  },
  async run(context) {
    const path = join(context.directory, documentNames.before);
    if ((await this.pending(context)) === null && existsSync(path))
      return { status: 'passed', summary: documentNames.before, evidence: { path } };
    await writeWhole(path, await documentDatabase(context.url, context.project, path));
    return { status: 'passed', summary: documentNames.before, evidence: { path } };
  },
};

/** The database as it is. */
export const documentAfter: Step = {
  name: 'document (after)',
  outlook: () => `write ${documentNames.after}`,
  async pending({ url, project, directory }) {
    const differences = await documentDifferences(
      () => catalogOf(url),
      project,
      join(directory, documentNames.after),
    );
    return differences.length === 0 ? null : `write ${documentNames.after}`;
  },
  async run({ url, project, directory }) {
    const path = join(directory, documentNames.after);
    await writeWhole(path, await documentDatabase(url, project, path));
    return { status: 'passed', summary: documentNames.after, evidence: { path } };
  },
};
