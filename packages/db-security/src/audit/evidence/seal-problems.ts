import type { Queryable } from '@tothub/db-catalog';
import { type AuditProblem, count } from './problem.ts';
import type { ExaminedSeal } from './read-seals.ts';
import { changedIds, doubledIds, missingIds } from './sealed-ids.ts';

/** What is wrong with a seal and with the entries that are there for it. Those that are gone may be excused later. */
export async function sealProblems(
  db: Queryable,
  s: string,
  seal: ExaminedSeal,
  withIds: boolean,
): Promise<AuditProblem[]> {
  const problems = chainProblems(seal);
  const { number, month, found, entries } = seal;
  const all = count(entries, 'entry', 'entries');
  if (found > entries) {
    problems.push({
      kind: 'entries-added',
      seal: number,
      month,
      ids: withIds ? await doubledIds(db, s, number) : [],
      message: `Seal ${number} covers ${all}, and the log holds ${found} under their ids. Compare them with a backup.`,
    });
  } else if (found === entries && !seal.isIntact) {
    problems.push({
      kind: 'entries-changed',
      seal: number,
      month,
      ids: withIds ? await changedIds(db, s, number) : [],
      message:
        `Among the ${all} of seal ${number} (ids ${seal.firstId} to ${seal.lastId}), ` +
        'at least one is not as it was sealed. Compare them with a backup.',
    });
  }
  return problems;
}

function chainProblems({ number, previous, follows }: ExaminedSeal): AuditProblem[] {
  const missing = number - previous - 1;
  if (missing > 0) {
    return [
      {
        kind: 'seal-missing',
        seal: previous + 1,
        message:
          `Before seal ${number}, ${count(missing, 'seal')} ${missing === 1 ? 'is' : 'are'} missing. ` +
          'Restore the seals from a backup.',
      },
    ];
  }
  if (follows) return [];
  return [
    {
      kind: 'seal-changed',
      seal: number,
      message: `Seal ${number} does not follow from the one before it: one of the two was changed. Restore the seals from a backup.`,
    },
  ];
}

/** Entries of a seal that are gone, with nothing to excuse it. */
export async function entriesMissing(
  db: Queryable,
  s: string,
  seal: number,
): Promise<AuditProblem> {
  return {
    kind: 'entries-missing',
    seal,
    ids: await missingIds(db, s, seal),
    message: `Entries that seal ${seal} covers are gone. Restore them from a backup, and find out who deleted them.`,
  };
}
