import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { findBinaries } from '@tothub/db-testkit';
import { expect, test } from 'vitest';
import { conditionOf, SQLSTATES } from './sqlstates.ts';

/** The list of SQLSTATEs that a server was built from lies among its shared files: Debian's place, then npm's. */
function shippedConditions(): Map<string, string>[] {
  const lists = findBinaries()
    .flatMap(({ binDir, major }) => [
      `/usr/share/postgresql/${major}`,
      join(binDir, '..', 'share', 'postgresql'),
    ])
    .map((folder) => join(folder, 'errcodes.txt'))
    .filter((file) => existsSync(file));
  return lists.map((file) => {
    const lines = readFileSync(file, 'utf8').split('\n');
    return new Map(
      lines.flatMap((line) => {
        const [, sqlstate, condition] = /^(\w{5})\s+[EWS]\s+\S+\s+(\w+)/.exec(line) ?? [];
        return sqlstate && condition ? [[sqlstate, condition]] : [];
      }),
    );
  });
}

test('the table names every condition as the installed servers do', () => {
  expect(shippedConditions().length).toBeGreaterThan(0);
  for (const shipped of shippedConditions()) {
    expect(shipped.size).toBeGreaterThan(250);
    for (const [sqlstate, condition] of shipped) expect(conditionOf(sqlstate)).toBe(condition);
  }
});

test('the table has no condition that PostgreSQL does not define', () => {
  const shipped = new Set(shippedConditions().flatMap((list) => [...list.keys()]));
  shipped.add('72000'); // Gone in PostgreSQL 17.
  for (const sqlstate of ['10608', '25P04', '58P03']) shipped.add(sqlstate); // New in 17 and 18.
  expect(Object.keys(SQLSTATES).filter((sqlstate) => !shipped.has(sqlstate))).toEqual([]);
});
