/** The flow as a whole: look first, then do, then prove it and write the report. */
import { join } from 'node:path';
import { assertDirectConnection, assertDirectHost } from '@tothub/db-migrate';
import { withSession } from '../database/connect.ts';
import { maskUrl } from '../database/connection-url.ts';
import { describeDatabase, serverTime } from '../database/identity.ts';
import { assertPrivileges } from '../project/assert-privileges.ts';
import { assertOurs, assessDatabase, describeDeviation } from '../project/assess-database.ts';
import type { Output } from '../terminal/output.ts';
import type { ValidateContext } from '../validate/check.ts';
import { type NamedResult, runChecks } from '../validate/run-checks.ts';
import { Journal, type RunRecord, writeWhole } from './journal.ts';
import { readFindings } from './read-findings.ts';
import { renderReport } from './render-report.ts';
import { type PlannedStep, planImprove, runImprove } from './run-improve.ts';
import type { ImproveContext } from './step.ts';
import { documentAfter, documentNames } from './steps/document.ts';
import { changingSteps, steps } from './steps/index.ts';
import { backupOfRun } from './steps/take-backup.ts';

/** `report.json`. */
export interface ImproveReport {
  readonly database: string;
  readonly outcome: 'improved' | 'nothing to do' | 'check failed';
  readonly ok: boolean;
  readonly run: RunRecord | null;
  readonly checks: readonly NamedResult[];
  readonly findings: readonly { rule: string; object: string; message: string; count: number }[];
}

export type ImproveResult =
  | { readonly kind: 'plan'; readonly ok: true; readonly report: { plan: readonly PlannedStep[] } }
  | {
      readonly kind: 'improved' | 'nothing to do';
      readonly ok: boolean;
      readonly report: ImproveReport;
    };

/**
 * Takes the database to its sound state, or says what it would do.
 *
 * @throws CliError with the exit code that the command ends with.
 */
export async function improve(
  request: Omit<ImproveContext, 'journal'>,
  { dryRun, output }: { dryRun: boolean; output: Output },
): Promise<ImproveResult> {
  const { url, project, directory } = request;
  output.say(`${project.name} database ${maskUrl(url)}`);
  assertDirectHost(url);
  await withSession(url, (client) => assertDirectConnection(client, url));
  const identity = await describeDatabase(url);
  const assessment = await assessDatabase(url, project);
  assertOurs(assessment, project);
  const additions =
    assessment.state === 'legacy' ? assessment.additions.map(describeDeviation) : [];
  for (const addition of additions) output.say(`  beside the legacy schema, ${addition}`);
  if (!dryRun) await assertPrivileges(url);
  const context: ImproveContext = { ...request, journal: await Journal.open(directory, identity) };

  if (dryRun)
    return { kind: 'plan', ok: true, report: { plan: await planImprove(steps, context) } };

  const work = await planImprove(changingSteps, context);
  const isIdle = !context.journal.unfinished && work.every(({ pending }) => pending === null);
  if (!isIdle) {
    if (context.journal.unfinished) output.say('Going on with the run that was stopped.');
    await context.journal.begin({ startedAt: await serverTime(url), additions });
    await runImprove(steps, context, output);
  } else if ((await documentAfter.pending(context)) !== null) {
    // Another folder, or the file was lost: the database stays as it is.
    const line = output.step(documentAfter.name);
    line.end('done', (await documentAfter.run(context, line)).summary);
  }
  output.say('');
  const { ok, checks } = await runChecks(checksOf(context, isIdle), output);
  if (!isIdle && ok) await context.journal.finish();
  const report: ImproveReport = {
    database: maskUrl(url),
    outcome: ok ? (isIdle ? 'nothing to do' : 'improved') : 'check failed',
    ok,
    run: context.journal.latest ?? null,
    checks,
    findings: await readFindings(url, project),
  };
  if (!isIdle) await writeReport(directory, report);
  return { kind: isIdle ? 'nothing to do' : 'improved', ok, report };
}

function checksOf(context: ImproveContext, isIdle: boolean): ValidateContext {
  const { latest } = context.journal;
  const backup = backupOfRun(context);
  return {
    ...context,
    document: join(context.directory, documentNames.after),
    compareWith:
      isIdle || !backup
        ? {
            skipped: latest
              ? `proven by the run of ${latest.startedAt.slice(0, 10)}`
              : 'no run is recorded in this folder',
          }
        : { backup: backup.path },
  };
}

async function writeReport(directory: string, report: ImproveReport): Promise<void> {
  await writeWhole(join(directory, 'report.json'), `${JSON.stringify(report, null, 2)}\n`);
  await writeWhole(join(directory, 'report.md'), renderReport(report));
}
