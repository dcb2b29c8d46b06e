import { describe, expect, test } from 'vitest';
import type { EvidenceEntry, LoggedValues } from './log-entry.ts';
import { blankRow, keyName, Unknown } from './row-state.ts';
import type { Break } from './table-timeline.ts';
import { type Rows, type UndoContext, undo } from './undo.ts';

const context: UndoContext = {
  keyColumns: ['id'],
  identify: (_, column) => column,
  isComparable: () => true,
  unhashed: ['secret'],
  hasHash: () => undefined,
};

function entry(
  id: number,
  operation: string,
  key: string,
  rest: Partial<EvidenceEntry> = {},
): EvidenceEntry {
  return {
    id,
    at: `at ${id}`,
    transactionId: '1',
    operation,
    key: [key],
    newKey: null,
    oldValues: null,
    newValues: null,
    contentHash: null,
    salt: null,
    isErased: false,
    ...rest,
  };
}

function update(
  id: number,
  key: string,
  oldValues: LoggedValues,
  newValues: LoggedValues,
  rest: Partial<EvidenceEntry> = {},
) {
  const newKey = newValues.id === undefined ? null : [newValues.id as string];
  return entry(id, 'UPDATE', key, { oldValues, newValues, newKey, ...rest });
}

function live(...rows: Record<string, string>[]): Rows {
  return new Map(
    rows.map((row) => {
      const key = [row.id ?? ''];
      return [
        keyName(key),
        [{ ...blankRow(key, []), cells: new Map(Object.entries(row)), liveKey: key }],
      ];
    }),
  );
}

/** The rows as text, with what is unknown and doubtful. */
function shown(rows: Rows): string[] {
  return [...rows.values()]
    .flat()
    .map(({ cells, doubts }) =>
      [
        ...[...cells].map(
          ([name, cell]) => `${name}=${cell instanceof Unknown ? `?${cell.reason}` : cell}`,
        ),
        ...doubts,
      ].join(' '),
    );
}

const off = (id: number): Break => ({
  id,
  at: '',
  kind: 'off',
  since: null,
  partition: null,
  rowCount: null,
  isLater: true,
});

describe('undo', () => {
  test('takes keys back that one statement swapped, in whatever order it wrote them', () => {
    const swap = [
      update(2, '1', { id: '1' }, { id: '2' }, { at: 'once' }),
      update(1, '2', { id: '2' }, { id: '1' }, { at: 'once' }),
    ];
    for (const entries of [swap, [...swap].reverse()]) {
      const rows = undo(live({ id: '1', a: 'B' }, { id: '2', a: 'A' }), entries, [], context);
      expect(shown(rows).sort()).toEqual(['id=1 a=A', 'id=2 a=B']);
    }
  });

  test('tells rows with one key apart by their content, and says when it cannot', () => {
    // In one transaction with a deferred key: A takes the key of B, then moves on.
    const entries = [
      update(2, '2', { id: '2' }, { id: '3' }),
      update(1, '1', { id: '1', a: 'A' }, { id: '2', a: 'A2' }),
    ];
    const told = undo(live({ id: '2', a: 'B' }, { id: '3', a: 'A2' }), entries, [], context);
    expect(shown(told).sort()).toEqual(['id=1 a=A', 'id=2 a=B']);
    const unclear = entries.map((each) => ({
      ...each,
      oldValues: { id: each.oldValues?.id ?? null },
      newValues: { id: each.newValues?.id ?? null },
    }));
    const both = undo(live({ id: '2', a: 'B' }, { id: '3', a: 'A' }), unclear, [], context);
    expect(shown(both).some((row) => row.includes('ambiguous'))).toBe(true);
    const proven = undo(live({ id: '2', a: 'B' }, { id: '3', a: 'A' }), unclear, [], {
      ...context,
      hasHash: (row) => row.cells.get('a') === 'A',
    });
    expect(shown(proven).sort()).toEqual(['id=1 a=A', 'id=2 a=B']);
  });

  test('keeps lives of one key apart', () => {
    const entries = [
      update(4, '1', { a: 'second' }, { a: 'now' }),
      entry(3, 'INSERT', '1'),
      entry(2, 'DELETE', '1', { oldValues: { id: '1', a: 'first' } }),
    ];
    expect(shown(undo(live({ id: '1', a: 'now', b: 'x' }), entries, [], context))).toEqual([
      'id=1 a=first',
    ]);
  });

  test('knows a row from an UPDATE alone, where it was lost since', () => {
    const rows = undo(new Map(), [update(1, '1', { a: 'x' }, { a: 'y' })], [], context);
    expect(shown(rows)).toEqual(['id=1 a=x']);
  });

  test('says what an entry whose values were erased, redacted or too large leaves open', () => {
    const entries = [
      update(
        2,
        '1',
        { s: { redacted: true }, b: { bytes: 9, sha256: '00' } },
        { s: { redacted: true }, b: 'small' },
      ),
    ];
    expect(
      shown(undo(live({ id: '1', a: 'x', s: 'p', b: 'small' }), entries, [], context)),
    ).toEqual(['id=1 a=x s=?redacted b=?large']);
    const erased = [entry(1, 'UPDATE', '1', { isErased: true })];
    expect(shown(undo(live({ id: '1', a: 'x' }), erased, [], context))).toEqual(['id=1 a=?erased']);
  });

  test('finds a change that the log does not have, unless the audit was off then', () => {
    const entries = [update(1, '1', { a: 'x' }, { a: 'y' })];
    const found = undo(live({ id: '1', a: 'unseen', secret: 's' }), entries, [], context);
    expect(shown(found)).toEqual(['id=1 a=x secret=s contradiction']);
    const excused = undo(live({ id: '1', a: 'unseen', secret: 's' }), entries, [off(2)], context);
    expect(shown(excused)).toEqual(['id=1 a=x secret=?audit-off audit-off']);
  });

  test('forgets the rows of today at a TRUNCATE of the whole table, not of a partition', () => {
    const truncated: Break = { ...off(5), kind: 'truncated', rowCount: 3 };
    expect(shown(undo(live({ id: '1' }), [], [truncated], context))).toEqual([]);
    expect(
      shown(undo(live({ id: '1' }), [], [{ ...truncated, partition: 'app.p' }], context)),
    ).toEqual(['id=1']);
  });
});
