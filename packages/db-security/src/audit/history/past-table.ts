/** A table with its log, made ready to be asked about one moment; and the reading of its evidence. */
import { qualifiedName, type RelationName } from '@tothub/db-catalog';
import { AuditRefusedError } from '../../errors.ts';
import type { TransactionalClient } from '../../session.ts';
import { auditTriggers } from '../enable-function.ts';
import { type AuditMoment, type ResolvedMoment, resolveMoment } from './audit-moment.ts';
import { describeLiveTable, type LiveTable } from './live-table.ts';
import { createReconstruction, type Reconstruction } from './reconstruct.ts';
import { type Break, type Era, readTimeline, type TableTimeline } from './table-timeline.ts';

export interface PastTable {
  readonly auditSchema: string;
  readonly live: LiveTable;
  readonly timeline: TableTimeline;
  readonly moment: ResolvedMoment;
  /** How it was audited at the moment. */
  readonly era: Era;
  readonly eraIndex: number;
  readonly reconstruction: Reconstruction;
  /** What the answer cannot know, one sentence each. */
  readonly limits: readonly AuditLimit[];
}

/** Something that the log cannot tell. */
export interface AuditLimit {
  readonly kind: 'audit-off' | 'recreated' | 'truncated' | 'not-covered';
  /** When; null where unknown. */
  readonly at: string | null;
  /** One sentence. Names and numbers only. */
  readonly message: string;
}

/**
 * Reads what must be known before a moment of a table can be told. In a reading transaction.
 *
 * @throws {AuditRefusedError} when there is no such table, when the log does not reach back so far, or when rows had
 * another key then.
 */
export async function openPast(
  db: TransactionalClient,
  auditSchema: string,
  table: RelationName,
  at: AuditMoment,
): Promise<PastTable> {
  const called = qualifiedName(table);
  const moment = await resolveMoment(db, at);
  const live = await describeLiveTable(db, table);
  if (live === undefined) {
    throw new AuditRefusedError(
      `There is no table ${called} now. What the log has of it, the history of a key still tells.`,
    );
  }
  const { relation } = live;
  const missing = await missingTriggers(db, auditSchema, live);
  const read = await readTimeline(db, auditSchema, table, { relation, moment });
  const timeline: TableTimeline = { ...read, isOff: read.offSince !== null || missing.length > 0 };
  if (timeline.since === null) {
    throw new AuditRefusedError(
      `The log knows nothing of ${called}. Enable its audit; it can be told from then on.`,
    );
  }
  if (!timeline.isKnownThen) {
    throw new AuditRefusedError(
      `The log of ${called} begins at ${timeline.since}, after that moment. Ask for a later one.`,
    );
  }
  const eraIndex = Math.max(
    0,
    timeline.eras.findLastIndex(({ isLater }) => !isLater),
  );
  const era = timeline.eras[eraIndex] as Era;
  const reconstruction = createReconstruction(timeline, live, eraIndex);
  assertSameKey(timeline.eras.slice(eraIndex), live, (index, name) =>
    reconstruction.columns.identify(eraIndex + index, name),
  );
  const limits = [...describeBreaks(timeline), ...missing];
  return { auditSchema, live, timeline, moment, era, eraIndex, reconstruction, limits };
}

/** Types whose values have the same text in each other, as far as they hold them. */
const SAME_TEXTS = [/^(smallint|integer|bigint)$/, /^(text|character varying(\(\d+\))?|uuid)$/];

function assertSameKey(
  eras: readonly Era[],
  live: LiveTable,
  identify: (index: number, name: string) => string,
): void {
  const typeNow = (name: string) => live.columns.find((column) => column.name === name)?.type ?? '';
  for (const [index, era] of eras.entries()) {
    const isSame =
      era.key.length === live.key.length &&
      era.key.every((name, position) => {
        const now = live.key[position] ?? '';
        const then = era.columns.find((column) => column.name === name)?.type ?? '';
        const type = typeNow(now);
        const hasSameText =
          then === type || SAME_TEXTS.some((family) => family.test(then) && family.test(type));
        return identify(index, name) === now && hasSameText;
      });
    if (!isSame) {
      throw new AuditRefusedError(
        `The primary key of ${qualifiedName(live)} has changed since ${era.at}: rows of that time cannot be told by the key of today. Ask for a later moment, or for the history of the old key.`,
      );
    }
  }
}

function describeBreaks({ breaks, offSince }: TableTimeline): AuditLimit[] {
  const limits = breaks.filter(({ isLater }) => isLater).map(describeBreak);
  if (offSince === null) return limits;
  const message = `The audit has been off since ${offSince}; changes since then are not known.`;
  return [...limits, { kind: 'audit-off', at: offSince, message }];
}

function describeBreak({ kind, at, since, rowCount, partition }: Break): AuditLimit {
  if (kind === 'truncated') {
    const rows = rowCount === null ? 'rows' : rowCount === 1 ? '1 row' : `${rowCount} rows`;
    const message = `TRUNCATE of ${partition ?? 'the table'} at ${at} removed ${rows} that the log did not copy; what it does not know of them otherwise is missing.`;
    return { kind, at, message };
  }
  if (kind === 'recreated') {
    const message = `The table was made anew before ${at}; of the one before, only what its entries tell is known.`;
    return { kind, at, message };
  }
  const period = since === null ? `before ${at}` : `from ${since} to ${at}`;
  return {
    kind: 'audit-off',
    at: since,
    message: `The audit was off ${period}; changes of that time are not known.`,
  };
}

/** A limit for each operation whose trigger does not stand on the table, or is switched off: what it did is not known. */
async function missingTriggers(
  db: TransactionalClient,
  auditSchema: string,
  live: LiveTable,
): Promise<AuditLimit[]> {
  const { rows } = await db.query(
    `SELECT t.tgname::text AS name FROM pg_catalog.pg_trigger AS t
     JOIN pg_catalog.pg_proc AS p ON p.oid = t.tgfoid JOIN pg_catalog.pg_namespace AS n ON n.oid = p.pronamespace
     WHERE t.tgrelid = ($1::text)::oid AND n.nspname = $2 AND t.tgenabled IN ('A', 'O')`,
    [live.relation, auditSchema],
  );
  const standing = new Set((rows as { name: string }[]).map(({ name }) => name));
  return Object.entries(auditTriggers)
    .filter(([, name]) => !standing.has(name))
    .map(([operation]) => ({
      kind: 'not-covered',
      at: null,
      message: `${operation.toUpperCase()} of ${qualifiedName(live)} is not audited now; what it changed is not known.`,
    }));
}
