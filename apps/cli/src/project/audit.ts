/** The audited tables of a project, against what the database has. */
import { auditStatus, enableAudit, installAudit } from '@tothub/db-security';
import { withSession } from '../database/connect.ts';
import { withLockTimeout } from '../database/with-lock-timeout.ts';
import type { AuditedTable } from './config.ts';
import type { Project } from './load-project.ts';

/** Tables that must be audited and are not, or not with the right redaction. */
export async function auditGaps(url: string, project: Project): Promise<readonly AuditedTable[]> {
  const { tables, problems } = await withSession(url, (client) => auditStatus(client));
  if (problems.length > 0) return project.audited;
  return project.audited.filter(({ schema, name, redact = [] }) => {
    const found = tables.find((table) => table.schema === schema && table.name === name);
    return (
      !found || found.problems.length > 0 || redact.some((column) => !found.redact.includes(column))
    );
  });
}

/** Audits every table that must be and is not; returns those. */
export async function auditTables(url: string, project: Project): Promise<readonly AuditedTable[]> {
  const gaps = await auditGaps(url, project);
  if (gaps.length === 0) return gaps;
  await withSession(url, async (client) => {
    await installAudit(client);
    for (const table of gaps)
      await withLockTimeout(client, () => enableAudit(client, table, { redact: table.redact }));
  });
  return gaps;
}
