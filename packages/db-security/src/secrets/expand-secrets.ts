import { writeRows } from '../columns/write-rows.ts';
import { assertSession, withPinnedSession } from '../session.ts';
import { type Phase, runTreatment, type SecretRunOptions } from './run-treatment.ts';
import { targetsOf } from './treatment.ts';
import type { TreatmentReport } from './treatment-report.ts';

/** What {@link expandSecrets} is told. */
export type ExpandOptions = SecretRunOptions;

/**
 * Writes hashes, blind indexes and ciphertexts beside the old values, which stay. A target that does not fit
 * its old value any more is written anew. Can be stopped or killed anywhere and run again.
 *
 * @throws {TreatmentError} when a table, column or primary key is missing.
 * @throws {StatementError} when PostgreSQL refuses a statement.
 * @throws {AbortedError} when the signal fires.
 * @throws {SessionRequiredError} when given a pool.
 *
 * @example
 * ```ts
 * await expandSecrets({
 *   db: client,
 *   keyRing: await readKeyFile('keys.json'),
 *   treatments: [
 *     { table: { schema: 'public', name: 'staff' }, column: 'account', treatment: 'encrypt', target: 'account_ciphertext' },
 *   ],
 * });
 * // SELECT t.id::text AS k0, t.account::text AS old, … FROM public.staff AS t ORDER BY t.id LIMIT 200
 * // UPDATE public.staff AS t SET account_ciphertext = … FROM unnest(…) AS v … AND t.xmin::text = v.version
 * ```
 */
export async function expandSecrets(options: ExpandOptions): Promise<TreatmentReport[]> {
  const { db } = options;
  assertSession(db);
  const phase: Phase = {
    name: 'expand',
    decide: (treater, row) => treater.expand(row),
    apply: (table, treatment, writes) => writeRows(db, table, targetsOf(treatment), writes),
  };
  return withPinnedSession(db, async () => {
    const reports: TreatmentReport[] = [];
    for (const treatment of options.treatments) {
      reports.push(await runTreatment(options, treatment, phase));
    }
    return reports;
  });
}
