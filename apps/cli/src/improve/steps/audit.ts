import { qualifiedName } from '@tothub/db-catalog';
import { auditGaps, auditTables } from '../../project/audit.ts';
import type { Step } from '../step.ts';

export interface AuditEvidence {
  readonly enabled: readonly string[];
}

/** Triggers that write who changed what, with the secret columns redacted. */
export const audit: Step = {
  name: 'audit',
  outlook: ({ project }) => `audit ${project.audited.length} tables`,
  async pending({ url, project }) {
    const gaps = await auditGaps(url, project);
    return gaps.length === 0 ? null : `audit ${gaps.length} tables`;
  },
  async run({ url, project }) {
    const enabled = await auditTables(url, project);
    return {
      status: 'passed',
      summary: `${project.audited.length} tables audited`,
      evidence: { enabled: enabled.map((table) => qualifiedName(table)) },
    };
  },
};
