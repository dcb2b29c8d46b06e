import { basename } from 'node:path';
import { documentDifferences } from '../../project/document.ts';
import type { Check } from '../check.ts';

/** The generated documentation says what the database is. */
export const documentationMatches: Check = {
  name: 'documentation',
  async run({ catalog, project, document }) {
    const differences = await documentDifferences(catalog, project, document);
    return {
      status: differences.length === 0 ? 'passed' : 'failed',
      detail:
        differences.length === 0
          ? `${basename(document)} matches the database`
          : `${basename(document)} differs from the database (${differences.length}); tothub-db docs build mends it`,
      items: differences.slice(0, 10),
    };
  },
};
