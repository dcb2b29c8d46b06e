import { qualifiedName } from '@tothub/db-catalog';
import { auditGaps } from '../../project/audit.ts';
import type { Check } from '../check.ts';

/** Every table that must be audited is, with its secret columns redacted. */
export const auditEnabled: Check = {
  name: 'audit',
  async run({ url, project }) {
    const gaps = await auditGaps(url, project);
    const total = project.audited.length;
    return {
      status: gaps.length === 0 ? 'passed' : 'failed',
      detail: `${total - gaps.length} of ${total} tables are audited`,
      items: gaps.map((table) => qualifiedName(table)),
    };
  },
};
