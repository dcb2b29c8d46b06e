import { readFile, rename, writeFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import { qualifiedName } from '@tothub/db-catalog';
import {
  type AuditVerification,
  eraseAudit,
  maintainAudit,
  readAnchor,
  sealAudit,
  verifyAudit,
} from '@tothub/db-security';
import { action, type CommonOptions, databaseCommand } from '../command.ts';
import { withSession } from '../database/connect.ts';
import { exitCode, usageError } from '../exit.ts';
import { parseTableName } from '../project/parse-table-name.ts';
import { wholeNumber } from '../terminal/whole-number.ts';

const entries = (n: number): string => `${n} ${n === 1 ? 'entry' : 'entries'}`;
const seals = (n: number): string => `${n} ${n === 1 ? 'seal' : 'seals'}`;

export const sealCommand = databaseCommand(
  'seal',
  'seal what was logged since the last time; run it every minute or so',
).action(
  action<[], CommonOptions>(async ({ output, signal, url }) => {
    const result = await withSession(url(), (client) => sealAudit(client, { signal }));
    output.say(`${entries(result.entries)} sealed.`);
    output.result({ ...result, anchor: result.anchor ?? null }, () => result.anchor ?? '');
    return exitCode.done;
  }),
);

interface VerifyOptions extends CommonOptions {
  readonly anchor?: string;
  readonly writeAnchor?: string;
}

export const verifyCommand = databaseCommand(
  'verify',
  'find what was changed in the log after it was sealed',
)
  .option('--anchor <file>', 'anchor kept from before; without one a log cut short is not found')
  .option('--write-anchor <file>', 'keep the anchor of today there, if all is well')
  .action(
    action<[], VerifyOptions>(async ({ output, signal, url }, options) => {
      const kept = options.anchor === undefined ? undefined : await readKept(options.anchor);
      const line = output.step('verify');
      const { result, anchor } = await withSession(url(), async (client) => {
        // Read before: what is sealed meanwhile may not have been looked at.
        const newest = await readAnchor(client);
        const verified = await verifyAudit(client, {
          anchor: kept,
          signal,
          onProgress: (at) => line.progress(`${at.entries} of ${entries(at.of)}`),
        });
        return { result: verified, anchor: newest };
      });
      line.end(
        result.ok ? 'done' : 'failed',
        `${entries(result.sealed)} under ${seals(result.seals)}`,
      );
      const written = result.ok && options.writeAnchor !== undefined && anchor !== undefined;
      if (written) await keep(resolve(options.writeAnchor), anchor);
      output.result({ ...result, anchor: anchor ?? null }, () => describeVerification(result));
      return result.ok ? exitCode.done : exitCode.refused;
    }),
  );

async function readKept(file: string): Promise<string> {
  try {
    return await readFile(resolve(file), 'utf8');
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    throw usageError(
      `The anchor ${file} could not be read (${code ?? 'unknown reason'}).`,
      'Name the file that --write-anchor wrote, or leave --anchor out.',
    );
  }
}

/** Whole or not at all: half an anchor would look like tampering. */
async function keep(path: string, anchor: string): Promise<void> {
  const draft = `${path}.${process.pid}.tmp`;
  await writeFile(draft, `${anchor}\n`);
  await rename(draft, path);
}

function describeVerification(result: AuditVerification): string {
  const { problems, problemCount, unsealed, retentions, erasures } = result;
  return [
    ...problems.map(({ message }) => message),
    ...(problemCount > problems.length
      ? [`… and ${problemCount - problems.length} more problems.`]
      : []),
    ...(result.ok ? [`Nothing was changed in ${entries(result.sealed)}.`] : []),
    ...(unsealed > 0 ? [`Not sealed yet, and so not examined: ${entries(unsealed)}.`] : []),
    ...(retentions.length > 0 ? [`Months dropped by retention: ${retentions.length}.`] : []),
    ...(erasures.length > 0 ? [`Erasures: ${erasures.length}.`] : []),
  ].join('\n');
}

interface MaintainOptions extends CommonOptions {
  readonly keepMonths?: number;
  readonly dryRun?: boolean;
}

export const maintainCommand = databaseCommand(
  'maintain',
  'make the partitions of the months to come, drop those past retention; run it daily',
)
  .option('--keep-months <n>', 'whole months to keep; older ones are dropped', wholeNumber)
  .option('--dry-run', 'say what would be done and do nothing')
  .action(
    action<[], MaintainOptions>(async ({ output, url }, { keepMonths, dryRun = false }) => {
      const result = await withSession(url(), (client) =>
        maintainAudit(client, { retention: keepMonths, dryRun }),
      );
      const lines = [
        ...result.made.map(
          ({ month }) => `${month}: ${dryRun ? 'would get' : 'has got'} its partition`,
        ),
        ...result.dropped.map(
          ({ month, entries: n }) => `${month}: ${entries(n)} ${dryRun ? 'would be ' : ''}dropped`,
        ),
        ...result.left.map(({ month, reason }) => `${month}: not done, ${reason}`),
      ];
      output.result({ ...result, dryRun }, () => lines.join('\n') || 'Nothing to do.');
      return result.left.length === 0 ? exitCode.done : exitCode.refused;
    }),
  );

interface EraseOptions extends CommonOptions {
  readonly reason: string;
  readonly columns?: string[];
  readonly yes?: boolean;
}

export const eraseCommand = databaseCommand(
  'erase',
  "empty one record's values in the log, for good; without --yes only count them",
)
  .argument('<table>', 'table, as name or schema.name')
  .argument('<key...>', 'its primary key, one value a column')
  .requiredOption('--reason <text>', "kept in the log: the request's number, not a name")
  .option('--columns <column...>', 'only these columns')
  .option('--yes', 'do it')
  .action(
    action<[string, string[]], EraseOptions>(async ({ output, url }, options, name, key) => {
      const table = parseTableName(name);
      const dryRun = options.yes !== true;
      const { reason, columns } = options;
      const result = await withSession(url(), (client) =>
        eraseAudit(client, { table, key, reason, columns, dryRun }),
      );
      output.result({ table, ...result, dryRun }, () =>
        [
          `${entries(result.erased)} ${dryRun ? 'would be ' : ''}emptied, of ${result.entries} about this row of ${qualifiedName(table)}.`,
          ...(dryRun ? ['Nothing was changed; --yes does it.'] : []),
        ].join('\n'),
      );
      return exitCode.done;
    }),
  );
