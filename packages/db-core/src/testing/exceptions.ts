import type { Finding, FindingKind } from './finding.ts';

/** A finding that stands on purpose. */
export interface Exception {
  readonly query: string;
  readonly kind: FindingKind;
  /** The column, input key or table. */
  readonly subject: string;
  /** Why; for whoever reads the list. */
  readonly reason: string;
}

/** Takes the findings away that are listed. What is listed and not found any more is a finding itself. */
export function applyExceptions(
  findings: readonly Finding[],
  exceptions: readonly Exception[],
  file: string,
): Finding[] {
  const keyOf = ({ query, kind, subject }: Pick<Finding, 'query' | 'kind' | 'subject'>): string =>
    JSON.stringify([query, kind, subject]);
  const listed = new Set(exceptions.map(keyOf));
  const found = new Set(findings.map(keyOf));
  const unused = exceptions.filter((exception) => !found.has(keyOf(exception)));
  return [
    ...findings.filter((finding) => !listed.has(keyOf(finding))),
    ...unused.map(({ query, kind, subject }) => ({
      kind: 'unused-exception' as const,
      query,
      subject,
      place: { file, line: 1 },
      message: `${kind} of ${subject} is listed as an exception and does not occur. Take it off the list.`,
    })),
  ];
}
