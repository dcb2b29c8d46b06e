/** `report.md`: what changed, what was refused and why, and the proof that nothing was lost. A pure function. */
import { qualifiedName } from '@tothub/db-catalog';
import type { TreatmentReport } from '@tothub/db-security';
import type { ImproveReport } from './improve.ts';
import type { StepRecord } from './journal.ts';
import type { AuditEvidence } from './steps/audit.ts';
import type { MigrateEvidence } from './steps/migrate.ts';
import type { SampleDataEvidence } from './steps/sample-data.ts';
import type { SecretsEvidence } from './steps/secrets.ts';
import type { BackupEvidence } from './steps/take-backup.ts';

const cell = (text: string): string => text.replaceAll('|', '\\|').replaceAll('\n', ' ');
const code = (text: string): string => `\`${text.replaceAll('`', "'")}\``;

/** `table.column`, and which rows of it. */
function columnOf({ table, column, when }: TreatmentReport): string {
  const rows = when ? ` where ${when.column} is ${when.equals}` : '';
  return code(`${qualifiedName(table)}.${column}`) + rows;
}

const countRows = (rows: number): string => (rows === 1 ? '1 row' : `${rows} rows`);

const contraction = ({ treatment }: TreatmentReport): string =>
  `${treatment === 'reduce' ? 'reduced to the names of their keys' : 'emptied'}, kept as ciphertext in the quarantine`;

function table(head: readonly string[], rows: readonly (readonly string[])[]): string[] {
  const line = (cells: readonly string[]): string => `| ${cells.map(cell).join(' | ')} |`;
  return [line(head), line(head.map(() => '---')), ...rows.map(line)];
}

function section(title: string, lines: readonly string[]): string[] {
  return lines.length === 0 ? [] : ['', `## ${title}`, '', ...lines];
}

const outcomes: Record<ImproveReport['outcome'], string> = {
  improved: 'Every step passed, and every check that could be made.',
  'nothing to do': 'Nothing was left to do, and nothing was changed.',
  'check failed':
    '**A check failed.** The steps below passed; the list of checks says what did not.',
};

function evidenceOf(report: ImproveReport) {
  const find = <T>(name: string): T | undefined =>
    report.run?.steps.find((step: StepRecord) => step.name === name)?.evidence as T | undefined;
  return {
    backup: find<BackupEvidence>('backup'),
    migrations: find<MigrateEvidence>('migrations'),
    secrets: find<SecretsEvidence | null>('secrets'),
    audit: find<AuditEvidence>('audit'),
    sampleData: find<SampleDataEvidence | null>('sample data'),
  };
}

function changes(report: ImproveReport): string[] {
  const { migrations, secrets, audit, sampleData } = evidenceOf(report);
  const lines: string[] = [];
  if (migrations?.baselined)
    lines.push(
      `- The legacy schema was recognised and noted as migration ${migrations.baselined}.`,
    );
  for (const { version, name } of migrations?.applied ?? [])
    lines.push(`- Migration ${version} ${code(name)}`);
  for (const part of secrets?.expanded ?? [])
    if (part.written > 0)
      lines.push(`- ${columnOf(part)}: ${part.written} values treated (${part.treatment})`);
    else if (part.alreadyDone > 0)
      lines.push(
        `- ${columnOf(part)}: ${part.alreadyDone} values treated before (${part.treatment})`,
      );
  for (const part of secrets?.contracted?.treatments ?? [])
    if (part.written > 0)
      lines.push(`- ${columnOf(part)}: ${part.written} old values ${contraction(part)}`);
  for (const { schema, name, column, rows } of secrets?.contracted?.elsewhere?.redacted ?? [])
    lines.push(
      `- ${code(`${schema}.${name}.${column}`)}: a secret mentioned in ${countRows(rows)}, replaced by [redacted]`,
    );
  if (audit && audit.enabled.length > 0)
    lines.push(`- Audited from now on: ${audit.enabled.map(code).join(', ')}`);
  for (const { schema, table, rows } of sampleData?.tables ?? [])
    lines.push(`- ${rows} made-up rows in ${code(`${schema}.${table}`)}`);
  return lines;
}

function refusals(report: ImproveReport): string[] {
  const { secrets, sampleData } = evidenceOf(report);
  return [
    ...(secrets?.contracted
      ? [
          '- The emptied values stand in dead rows until the tables are vacuumed, and in the backups taken before: keep those as safe as the key file, and apart from it.',
        ]
      : []),
    ...(report.run?.additions ?? []).map(
      (text) => `- Beside the legacy schema, kept as it is; ${text}`,
    ),
    ...(secrets?.contracted?.treatments ?? secrets?.expanded ?? []).flatMap((part) =>
      part.kept.map(
        ({ reason, count }) => `- ${columnOf(part)}: ${count} kept as they are, ${reason}`,
      ),
    ),
    ...(secrets?.contracted?.elsewhere?.left ?? []).map(
      ({ schema, name, column, rows, reason }) =>
        `- ${code(`${schema}.${name}.${column}`)}: a secret mentioned in ${countRows(rows)}, left: ${reason}`,
    ),
    ...report.findings.map(
      ({ rule, object, message, count }) => `- ${rule}, ${code(object)} (${count}): ${message}`,
    ),
    ...(sampleData?.skipped ?? []).map(
      ({ schema, table, reason }) =>
        `- No made-up rows in ${code(`${schema}.${table}`)}: ${reason}`,
    ),
    ...report.checks
      .filter(({ status }) => status === 'skipped')
      .map(({ name, detail }) => `- Check not made, ${name}: ${detail}`),
  ];
}

function proof(report: ImproveReport): string[] {
  const { backup } = evidenceOf(report);
  const kept = report.checks.find(({ name }) => name === 'rows and values kept');
  return [
    ...(backup
      ? [
          `Before the first change, ${backup.rows} rows of ${backup.tables} tables were dumped (${backup.engine}), restored into a scratch database, and found equal in catalog, counts and content: ${code(backup.path)}.`,
        ]
      : []),
    ...(kept?.status === 'passed'
      ? [
          '',
          `After the last change, that backup was restored again and compared value by value with the database. **No row and no value was lost:** ${kept.detail}.`,
        ]
      : []),
  ];
}

/** Renders the report for people; its facts are those of `report.json`. */
export function renderReport(report: ImproveReport): string {
  const { run, checks } = report;
  const breaks = evidenceOf(report).secrets?.breaks ?? [];
  const lines = [
    '# Improvement report',
    '',
    outcomes[report.outcome],
    '',
    `Database: ${code(report.database)}${run ? `, begun ${run.startedAt}, ${run.finishedAt ? `finished ${run.finishedAt}` : 'not finished'}` : ''}`,
    ...section('Proof', proof(report)),
    ...section(
      'Checks',
      table(
        ['check', 'result', 'detail'],
        checks.map(({ name, status, detail }) => [name, status, detail]),
      ),
    ),
    ...section(
      'Steps',
      table(
        ['step', 'result', 'summary'],
        (run?.steps ?? []).map(({ name, status, summary }) => [name, status, summary]),
      ),
    ),
    ...section('What changed', changes(report)),
    ...section('What was refused or left, and why', refusals(report)),
    ...section(
      'Reads that stop matching once the old secrets are emptied',
      breaks.map((text) => `- ${text}`),
    ),
    ...section('The way back', [
      '- `tothub-db migrate down` undoes the last migration, `--to VERSION` all after it',
      '- `data_quarantine` holds every value that was changed, by table, key and column',
      '- `tothub-db backup restore PATH --into URL` brings back everything as it was',
    ]),
  ];
  return `${lines.join('\n')}\n`;
}
