/**
 * What has been seen of the seals so far, and what follows from it once all were seen: whether a note of retention or
 * erasure, which comes later than what it excuses, accounts for what is gone.
 */
import { type AuditProblem, count, LISTED_IDS } from './problem.ts';
import type { EvidenceNote, ExaminedSeal } from './read-seals.ts';

/** When a note was written, and by whom. */
export interface NotedBy {
  readonly at: string;
  /** Who the application said it was. */
  readonly actor: string | null;
  /** Who was logged in. */
  readonly role: string;
}

/** A month that retention dropped. */
export interface NotedRetention extends NotedBy {
  /** As yyyy-mm. */
  readonly month: string;
  readonly entries: number;
}

/** Values that were erased. */
export interface NotedErasure extends NotedBy {
  readonly schema: string;
  readonly table: string;
  readonly entries: number;
  /** Null where all were. */
  readonly columns: readonly string[] | null;
  readonly reason: string;
}

type SealRange = readonly [first: number, end: number];

export class Findings {
  readonly erasures: NotedErasure[] = [];
  readonly #problems: AuditProblem[] = [];
  readonly #erased = new Map<string, string>();
  readonly #noted = new Map<string, string>();
  readonly #drops: { readonly by: NotedBy; readonly seals: readonly SealRange[] }[] = [];
  /** Seals of which nothing, or not all, was found. */
  readonly #lacking: Pick<ExaminedSeal, 'number' | 'month' | 'entries' | 'found'>[] = [];
  readonly #present: { readonly number: number; readonly month: string }[] = [];

  /** Takes in what was read of a seal. */
  add(seal: ExaminedSeal): void {
    if (seal.found < seal.entries) this.#lacking.push(seal);
    else if (seal.entries > 0) this.#present.push({ number: seal.number, month: seal.month });
    for (const [id, left] of Object.entries(seal.erased ?? {})) this.#erased.set(id, left);
    // Only what is sealed and unchanged can excuse anything.
    if (seal.isIntact) for (const note of seal.notes ?? []) this.#read(note);
  }

  /** What retention dropped: what a note excuses is told by the seals, not by what the note says of it. */
  retentions(): NotedRetention[] {
    const gone = this.#lacking.filter(({ found }) => found === 0);
    return this.#drops.flatMap((drop) => {
      const months = Map.groupBy(
        gone.filter(({ number }) => this.#dropOf(number) === drop),
        ({ month }) => month,
      );
      return [...months].map(([month, seals]) => ({
        ...drop.by,
        month,
        entries: seals.reduce((sum, seal) => sum + seal.entries, 0),
      }));
    });
  }

  /** What the notes do not account for. `settle` comes after the last seal. */
  settle(): { problems: AuditProblem[]; lacking: readonly { number: number; found: number }[] } {
    const unexcused = this.#lacking.filter(
      ({ number, found }) => found > 0 || this.#dropOf(number) === undefined,
    );
    const monthsWithEntries = new Set(
      [...this.#present, ...unexcused.filter(({ found }) => found > 0)].map(({ month }) => month),
    );
    const wholeMonths = Map.groupBy(
      unexcused.filter(({ month }) => !monthsWithEntries.has(month)),
      ({ month }) => month,
    );
    return {
      problems: [
        ...this.#problems,
        ...[...wholeMonths].map(([month, seals]) => monthMissing(month, seals)),
        ...this.#present
          .filter(({ number }) => this.#dropOf(number) !== undefined)
          .map(({ number, month }) => contradicted(number, month)),
        ...this.#erasureProblems(),
      ],
      lacking: unexcused.filter(({ month }) => monthsWithEntries.has(month)),
    };
  }

  /** Each note names all that was ever dropped: the first that names a seal is the one that it went by. */
  #dropOf(seal: number) {
    return this.#drops.find(({ seals }) =>
      seals.some(([first, end]) => seal >= first && seal < end),
    );
  }

  #erasureProblems(): AuditProblem[] {
    const erased = [...this.#erased];
    const unnoted = erased.filter(([id]) => !this.#noted.has(id)).map(([id]) => id);
    const changed = erased
      .filter(([id, left]) => this.#noted.has(id) && this.#noted.get(id) !== left)
      .map(([id]) => id);
    return [
      ...listed(unnoted, (n) => ({
        kind: 'erased-without-note',
        message: `The values of ${count(n, 'entry', 'entries')} were erased, and no note says by whom and why. Restore the log from a backup and ask.`,
      })),
      ...listed(changed, (n) => ({
        kind: 'erased-changed',
        message: `What erasure had left of ${count(n, 'entry', 'entries')} was changed afterwards. Restore the log from a backup.`,
      })),
    ];
  }

  #read(note: EvidenceNote): void {
    const values = note.values as Record<string, unknown> | null;
    const by = { at: new Date(note.at).toISOString(), actor: note.actor, role: note.role };
    const { seals, entries, columns, reason } = values ?? {};
    if (note.operation === 'RETENTION' && typeof seals === 'string') {
      const ranges = [...seals.matchAll(/\[(\d+),(\d+)\)/g)].map(
        ([, first, end]) => [Number(first), Number(end)] as const,
      );
      this.#drops.push({ by, seals: ranges });
    } else if (note.operation === 'ERASURE' && typeof entries === 'object' && entries !== null) {
      const left = Object.entries(entries as Record<string, string>);
      for (const [id, hash] of left) this.#noted.set(id, hash);
      this.erasures.push({
        ...by,
        schema: note.schema,
        table: note.table,
        entries: left.length,
        columns: (columns ?? null) as string[] | null,
        reason: String(reason),
      });
    } else {
      this.#problems.push({
        kind: 'note-unreadable',
        ids: [note.id],
        message: `Note ${note.id} of ${note.operation} does not say what such a note says. This version did not write it: find out who did.`,
      });
    }
  }
}

function listed(
  ids: readonly string[],
  problem: (n: number) => Pick<AuditProblem, 'kind' | 'message'>,
): AuditProblem[] {
  return ids.length === 0 ? [] : [{ ...problem(ids.length), ids: ids.slice(0, LISTED_IDS) }];
}

function monthMissing(
  month: string,
  seals: readonly { readonly number: number; readonly entries: number }[],
): AuditProblem {
  const entries = seals.reduce((sum, seal) => sum + seal.entries, 0);
  return {
    kind: 'month-missing',
    month,
    seal: Math.min(...seals.map(({ number }) => number)),
    message:
      `All ${count(entries, 'sealed entry', 'sealed entries')} of ${month} are gone, and no note of retention says so. ` +
      'Look for the partition, detached or moved, or restore it from a backup.',
  };
}

function contradicted(seal: number, month: string): AuditProblem {
  return {
    kind: 'retention-contradicted',
    seal,
    month,
    message: `A note says that retention dropped the entries of seal ${seal}, and they are still there. maintainAudit did not write it: find out who did.`,
  };
}
