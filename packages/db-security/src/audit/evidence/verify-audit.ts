import { type Queryable, quoteIdent } from '@tothub/db-catalog';
import { throwIfAborted, withoutValues } from '../../errors.ts';
import { type AuditOptions, DEFAULT_AUDIT_SCHEMA } from '../install-audit.ts';
import { countIds, findAdded } from './added-entries.ts';
import { type AuditAnchor, parseAnchor } from './anchor.ts';
import { BatchSize } from './batch-size.ts';
import { Findings, type NotedErasure, type NotedRetention } from './findings.ts';
import type { AuditProblem } from './problem.ts';
import { type ExaminedSeal, readSeals } from './read-seals.ts';
import { entriesMissing, sealProblems } from './seal-problems.ts';
import { readSurroundings } from './surroundings.ts';

/** How far an examination has come. */
export interface VerifyProgress {
  readonly seals: number;
  readonly entries: number;
  /** Entries under seal when it began, those that retention dropped included. */
  readonly of: number;
}

export interface VerifyAuditOptions extends AuditOptions {
  /** What `sealAudit` or `readAnchor` once gave, kept outside since. Without one, see {@link verifyAudit}. */
  readonly anchor?: string | undefined;
  readonly onProgress?: ((progress: VerifyProgress) => void) | undefined;
  /** Stops between two statements. */
  readonly signal?: AbortSignal | undefined;
}

/** What the examination found. */
export interface AuditVerification {
  /** Whether nothing is wrong. Entries that are not sealed yet are no problem, but nothing is known of them. */
  readonly ok: boolean;
  /** The first 1,000. */
  readonly problems: readonly AuditProblem[];
  readonly problemCount: number;
  readonly seals: number;
  /** Entries that a seal covers and the log holds. */
  readonly sealed: number;
  /** Entries that no seal covers yet. */
  readonly unsealed: number;
  /** What retention dropped and erasure emptied, by their notes: look whether each was meant to happen. */
  readonly retentions: readonly NotedRetention[];
  readonly erasures: readonly NotedErasure[];
}

const LISTED_PROBLEMS = 1_000;
/** Problems for which the ids are looked up: where all is broken, nobody waits for all of it. */
const EXPLAINED_PROBLEMS = 100;

const LOWEST_ID = '-9223372036854775808';
const HIGHEST_ID = '9223372036854775807';

/**
 * Examines the log against its seals: finds entries that were edited, deleted, inserted or moved, seals that were
 * changed or are missing, values erased and months dropped without a note. The hashes are computed by PostgreSQL's own
 * functions from expressions that this sends. Needs SELECT on the log and the seals. Reads millions of entries in
 * steps, beside writers, sealing, retention and erasure, takes no lock that they wait for, and writes nothing.
 *
 * Whoever owns the log can cut off its end, seals and all, or change an entry and compute every later seal anew.
 * **That is only found with an anchor**, a line kept where such a person cannot write. Never found are: the loss or
 * change of an entry before it was sealed, an entry that the owner adds as if a trigger had written it, and a server that
 * itself lies, which a dump restored on another one would show. Retention and erasure by the owner are no problem but
 * are listed, so that somebody can judge them.
 *
 * @throws {AuditEvidenceError} when the anchor is damaged, or the session's search_path hides PostgreSQL's functions.
 * @throws {AbortedError} when the signal fires.
 * @throws {StatementError} when PostgreSQL refuses.
 *
 * @example
 * ```ts
 * const { ok, problems, unsealed } = await verifyAudit(db, { anchor: await readFile('audit.anchor', 'utf8') });
 * // SELECT e.number, count(*), sha256(string_agg(…)) FROM … audit.log … GROUP BY e.number → one row a seal
 * ```
 */
export async function verifyAudit(
  db: Queryable,
  options: VerifyAuditOptions = {},
): Promise<AuditVerification> {
  const { schema = DEFAULT_AUDIT_SCHEMA, anchor, onProgress, signal } = options;
  const known = anchor === undefined ? undefined : parseAnchor(anchor);
  const s = quoteIdent(schema);
  try {
    const { problems: odd, lowId, sealedTotal } = await readSurroundings(db, schema);
    const problems = [...odd];
    const findings = new Findings();
    const batches = new BatchSize();
    let [sealCount, last, sealed, low, passed] = [0, 0, 0, 0, 0];
    let anchored: string | undefined;
    for await (const seal of allSeals({ db, s, lowId, batches, signal })) {
      problems.push(...(await sealProblems(db, s, seal, problems.length < EXPLAINED_PROBLEMS)));
      findings.add(seal);
      sealCount += 1;
      last = seal.number;
      sealed += seal.found;
      low += seal.foundLow;
      passed += seal.entries;
      if (seal.number === known?.seal) anchored = seal.chainHash;
      onProgress?.({ seals: sealCount, entries: passed, of: Math.max(passed, sealedTotal) });
    }
    const { problems: settled, lacking } = findings.settle();
    problems.push(...settled);
    for (const seal of lacking.slice(0, LISTED_PROBLEMS)) {
      throwIfAborted(signal);
      problems.push(await entriesMissing(db, s, seal.number));
    }
    throwIfAborted(signal);
    const countedLow = await countIds(db, s, { above: LOWEST_ID, upTo: lowId }, batches);
    if (countedLow !== low) {
      const added = await findAdded(db, s, lowId);
      if (added !== undefined) problems.push(added);
    }
    const countedHigh = await countIds(db, s, { above: lowId, upTo: HIGHEST_ID }, batches);
    if (known !== undefined) problems.push(...compareAnchor(known, last, anchored));
    return {
      ok: problems.length === 0,
      problems: problems.slice(0, LISTED_PROBLEMS),
      problemCount: problems.length + Math.max(0, lacking.length - LISTED_PROBLEMS),
      seals: sealCount,
      sealed,
      unsealed: Math.max(0, countedLow + countedHigh - sealed),
      retentions: findings.retentions(),
      erasures: findings.erasures,
    };
  } catch (error) {
    throw withoutValues(error, 'Verifying the audit log');
  }
}

/** To the very end: a note that was sealed meanwhile may excuse what was seen meanwhile. */
async function* allSeals({
  db,
  s,
  lowId,
  batches,
  signal,
}: {
  readonly db: Queryable;
  readonly s: string;
  readonly lowId: string;
  readonly batches: BatchSize;
  readonly signal: AbortSignal | undefined;
}): AsyncGenerator<ExaminedSeal> {
  let after = 0;
  let afterHash: string | undefined;
  for (;;) {
    throwIfAborted(signal);
    const seals = await readSeals(db, { s, after, afterHash, lowId }, batches);
    const last = seals.at(-1);
    if (last === undefined) return;
    yield* seals;
    after = last.number;
    afterHash = last.chainHash;
  }
}

function compareAnchor(
  anchor: AuditAnchor,
  last: number,
  hash: string | undefined,
): AuditProblem[] {
  if (anchor.seal > last) {
    return [
      {
        kind: 'cut-off',
        seal: last + 1,
        message: `The anchor knows seal ${anchor.seal}, and the log ends with seal ${last}: its end was cut off. Restore it from a backup.`,
      },
    ];
  }
  if (hash === anchor.hash) return [];
  return [
    {
      kind: 'anchor-differs',
      seal: anchor.seal,
      message:
        `Seal ${anchor.seal} is not the one that the anchor knows: the log was written anew, or the anchor is of another database. ` +
        'Compare the log with a backup from before the anchor.',
    },
  ];
}
