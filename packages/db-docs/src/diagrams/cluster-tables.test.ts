import { expect, test } from 'vitest';
import { clusterTables, type Edge, maxTables } from './cluster-tables.ts';

const names = (prefix: string, count: number) =>
  Array.from({ length: count }, (_, at) => `${prefix}${String(at).padStart(4, '0')}`);
const edge = (from: string, to: string): Edge => ({ from, to });

test('tables that reference each other share a diagram; those that do not, none', () => {
  expect(
    clusterTables(
      ['a', 'b', 'c', 'd', 'e', 'alone'],
      [edge('b', 'a'), edge('c', 'b'), edge('e', 'd'), edge('alone', 'alone')],
    ),
  ).toEqual({
    diagrams: [
      ['a', 'b', 'c'],
      ['d', 'e'],
    ],
    hubs: new Map(),
  });
});

test('a table that all reference becomes a hub, and what is left falls apart', () => {
  const orders = names('order', 20);
  const items = names('item', 20);
  const { diagrams, hubs } = clusterTables(
    ['users', ...orders, ...items],
    [
      ...orders.map((order) => edge(order, 'users')),
      ...items.map((item, at) => edge(item, orders[at % 2] as string)),
    ],
  );
  expect(hubs).toEqual(new Map([['users', 20]]));
  expect(diagrams.map((group) => group.length)).toEqual([13, 11, 11, 7]);
  expect(diagrams[0]).toContain('users');
});

test('a chain without a hub is cut into pieces that fit', () => {
  const chain = names('t', 70);
  const { diagrams, hubs } = clusterTables(
    chain,
    chain.slice(1).map((table, at) => edge(table, chain[at] as string)),
  );
  expect(hubs.size).toBe(0);
  expect(diagrams.flat().sort()).toEqual(chain);
  expect(Math.max(...diagrams.map(({ length }) => length))).toBe(maxTables);
});

test('the order in which a graph is listed does not matter', () => {
  const tables = names('t', 120);
  const edges = tables.slice(1).map((table, at) => edge(table, tables[(at * 7) % 13] as string));
  expect(clusterTables([...tables].reverse(), [...edges].reverse())).toEqual(
    clusterTables(tables, edges),
  );
});
