/**
 * Cuts a graph of tables into pictures that can be read. Tables that reference each other, directly or not,
 * belong together; where that makes too many for one picture, the table that most others reference is a hub:
 * its lines are what makes the picture unreadable, so it is taken out and the rest falls apart into groups.
 */

/** At most this many tables stand in one diagram. */
export const maxTables = 25;
/** A table with fewer referencing tables than this is no hub; such a group is cut by distance instead. */
const minHubReferences = 4;
/** Tables that reference nothing but hubs are drawn around theirs, this many at a time. */
const maxSatellites = 12;

/** One line between two tables: `from` references `to`. */
export interface Edge {
  readonly from: string;
  readonly to: string;
}

export interface Clusters {
  /** Tables of each diagram, ordered by name; larger diagrams first. */
  readonly diagrams: readonly (readonly string[])[];
  /** Hubs, with how many tables reference them. */
  readonly hubs: ReadonlyMap<string, number>;
}

/** Groups tables for diagrams; the same graph gives the same groups, in whatever order it is listed. */
export function clusterTables(tables: readonly string[], edges: readonly Edge[]): Clusters {
  const graph = buildGraph([...tables].sort(), edges);
  const hubs = new Map<string, number>();
  let groups = components(graph, [...graph.keys()]);
  for (;;) {
    const big = groups.find((group) => group.length > maxTables);
    if (!big) break;
    const hub = mostReferenced(graph, big);
    const count = referencing(graph, hub, new Set(big));
    groups = groups.filter((group) => group !== big);
    if (count < minHubReferences) {
      groups.push(...cutByDistance(graph, big));
      continue;
    }
    hubs.set(hub, graph.get(hub)?.referencedBy.size ?? 0);
    groups.push(
      [hub],
      ...components(
        graph,
        big.filter((table) => table !== hub),
      ),
    );
  }
  const diagrams = groups.filter(([first, second]) => first !== undefined && second !== undefined);
  const single = new Set(groups.filter(({ length }) => length === 1).flat());
  for (const hub of hubs.keys()) {
    const satellites = [...(graph.get(hub)?.referencedBy ?? [])].filter(
      (table) => single.has(table) && !hubs.has(table),
    );
    for (const satellite of satellites) single.delete(satellite);
    for (let at = 0; at < satellites.length; at += maxSatellites) {
      diagrams.push([hub, ...satellites.slice(at, at + maxSatellites)]);
    }
  }
  return {
    diagrams: diagrams
      .map((group) => [...group].sort())
      .sort((a, b) => b.length - a.length || ((a[0] ?? '') < (b[0] ?? '') ? -1 : 1)),
    hubs,
  };
}

interface Node {
  readonly references: Set<string>;
  readonly referencedBy: Set<string>;
}
type Graph = ReadonlyMap<string, Node>;

function buildGraph(tables: readonly string[], edges: readonly Edge[]): Graph {
  const graph = new Map(
    tables.map((table) => [table, { references: new Set(), referencedBy: new Set() } as Node]),
  );
  const ordered = [...edges].sort((a, b) => (`${a.from} ${a.to}` < `${b.from} ${b.to}` ? -1 : 1));
  for (const { from, to } of ordered) {
    if (from === to || !graph.has(from) || !graph.has(to)) continue;
    graph.get(from)?.references.add(to);
    graph.get(to)?.referencedBy.add(from);
  }
  return graph;
}

function neighbours(graph: Graph, table: string): readonly string[] {
  const node = graph.get(table);
  return node ? [...node.references, ...node.referencedBy] : [];
}

/** Walks from a table to all that it is connected with among `allowed`, nearest first, and takes those out of it. */
function take(graph: Graph, start: string, allowed: Set<string>, limit = Infinity): string[] {
  const reached = [start];
  allowed.delete(start);
  for (let at = 0; at < reached.length; at++) {
    for (const next of neighbours(graph, reached[at] as string)) {
      if (reached.length >= limit) return reached;
      if (allowed.delete(next)) reached.push(next);
    }
  }
  return reached;
}

function components(graph: Graph, tables: readonly string[]): string[][] {
  const left = new Set(tables);
  return tables.flatMap((table) => (left.has(table) ? [take(graph, table, left)] : []));
}

function cutByDistance(graph: Graph, tables: readonly string[]): string[][] {
  const left = new Set(tables);
  const groups: string[][] = [];
  while (left.size > 0) {
    groups.push(take(graph, mostReferenced(graph, [...left]), left, maxTables));
  }
  return groups;
}

function referencing(graph: Graph, table: string, among: ReadonlySet<string>): number {
  return [...(graph.get(table)?.referencedBy ?? [])].filter((from) => among.has(from)).length;
}

/** The table that most of the others reference; of several, the first by name. */
function mostReferenced(graph: Graph, tables: readonly string[]): string {
  const among = new Set(tables);
  let best = '';
  let most = -1;
  for (const table of [...tables].sort()) {
    const count = referencing(graph, table, among);
    if (count > most) [best, most] = [table, count];
  }
  return best;
}
