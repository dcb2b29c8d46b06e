import { displayName, displayPath } from '../display-name.ts';
import type { Finding } from '../finding.ts';
import { code } from '../markdown/code.ts';
import { prose } from '../markdown/prose.ts';
import { table } from '../markdown/table.ts';
import type { Link, Section } from '../section.ts';

const severities = ['error', 'warning', 'info'] as const;

/** What somebody should look at, the worst first, rule by rule. */
export function findingsSection(findings: readonly Finding[]): Section {
  return {
    level: 2,
    title: 'Findings',
    lines: (link) => (findings.length === 0 ? ['None.', ''] : findingLines(findings, link)),
  };
}

function findingLines(findings: readonly Finding[], link: Link): readonly string[] {
  return severities.flatMap((severity) => {
    const rules = Map.groupBy(
      findings.filter((finding) => finding.severity === severity),
      ({ rule }) => rule,
    );
    return [...rules]
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .flatMap(([rule, members]) => ruleLines(rule, members, severity, link));
  });
}

/** A message that all findings of a rule share stands once, above them. */
function ruleLines(
  rule: string,
  findings: readonly Finding[],
  severity: Finding['severity'],
  link: Link,
): readonly string[] {
  const shared = new Set(findings.map(({ message }) => message)).size === 1;
  const rows = findings.map(({ object, message }) => [
    objectLink(object, link),
    object.name === undefined ? '' : code(displayName(object.name)),
    shared ? '' : prose(message),
  ]);
  return [
    `**${severity.replace(/^./, (letter) => letter.toUpperCase())}**${shared ? `: ${prose(findings[0]?.message ?? '')}` : ''}`,
    '',
    ...table(
      [code(rule), 'Name', 'Message'],
      rows.sort((a, b) => (a.join() < b.join() ? -1 : 1)),
    ),
  ];
}

function objectLink({ schema, table, domain, column, columns }: Finding['object'], link: Link) {
  const owner = table ?? domain;
  const path = owner === undefined ? displayPath(schema) : displayPath(schema, owner);
  const names = columns ?? (column === undefined ? [] : [column]);
  return link(path, names.length > 0 ? `${path} (${names.map(displayName).join(', ')})` : path);
}
