import { displayName, displayPath } from '../display-name.ts';
import type { Finding } from '../finding.ts';
import { code } from '../markdown/code.ts';
import { prose } from '../markdown/prose.ts';
import { table } from '../markdown/table.ts';
import type { Link, Section } from '../section.ts';

const severities = ['error', 'warning', 'info'] as const;

/** What somebody should look at, the worst first. */
export function findingsSection(findings: readonly Finding[]): Section {
  return {
    level: 2,
    title: 'Findings',
    lines: (link) => (findings.length === 0 ? ['None.', ''] : findingsTable(findings, link)),
  };
}

function findingsTable(findings: readonly Finding[], link: Link): readonly string[] {
  const bySeverity = severities.flatMap((severity) => {
    const rows = findings
      .filter((finding) => finding.severity === severity)
      .map(({ rule, object, message }) => [
        objectCell(object, link),
        code(rule),
        severity,
        prose(message),
      ]);
    return rows.sort((a, b) => (`${a[1]} ${a[0]}` < `${b[1]} ${b[0]}` ? -1 : 1));
  });
  return table(['Object', 'Finding', 'Severity', 'What to do'], bySeverity);
}

function objectCell(object: Finding['object'], link: Link): string {
  const { schema, table: relation, domain, name, column } = object;
  const columns = object.columns ?? (column === undefined ? [] : [column]);
  const owner = relation ?? domain;
  const path = owner === undefined ? displayPath(schema) : displayPath(schema, owner);
  const part = columns.length > 0 ? ` (${columns.map(displayName).join(', ')})` : '';
  return link(path, path + part) + (name === undefined ? '' : `<br>${code(displayName(name))}`);
}
