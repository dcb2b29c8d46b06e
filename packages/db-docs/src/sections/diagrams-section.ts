import { clusterTables, type Edge } from '../diagrams/cluster-tables.ts';
import { entityDiagram } from '../diagrams/entity-diagram.ts';
import { fence } from '../markdown/fence.ts';
import { ownForeignKeys, pathOf, type SchemaIndex } from '../schema-index.ts';
import type { Link, Section } from '../section.ts';

/** Which table references which, in pictures small enough to read; none where no table references another. */
export function diagramsSections(schema: SchemaIndex): readonly Section[] {
  const tables = schema.relations.filter(({ kind }) => !kind.endsWith('view')).map(pathOf);
  const edges = [...schema.byPath.values()].flatMap((relation) =>
    ownForeignKeys(relation).map(
      ({ references }): Edge => ({ from: schema.rootOf(relation), to: schema.rootOf(references) }),
    ),
  );
  const { diagrams, hubs } = clusterTables(tables, edges);
  if (diagrams.length === 0) return [];
  const drawn = new Set(diagrams.flat());
  const undrawn = tables.filter((table) => !drawn.has(table) && !hubs.has(table));
  return [
    {
      level: 2,
      title: 'Diagrams',
      lines: (link) => [
        'Primary and foreign keys only; a crow’s foot stands at the side of the referencing table.',
        '',
        ...hubsLine(hubs, link),
        ...diagrams.flatMap((group) => [
          `**Around ${link(centre(group, edges))}**`,
          '',
          ...fence('mermaid', entityDiagram(schema, group)),
        ]),
        ...(undrawn.length > 0
          ? [`In no diagram: ${undrawn.map((table) => link(table)).join(', ')}.`, '']
          : []),
      ],
    },
  ];
}

function hubsLine(hubs: ReadonlyMap<string, number>, link: Link): readonly string[] {
  if (hubs.size === 0) return [];
  const list = [...hubs].map(([hub, count]) => `${link(hub)} (${count})`).join(', ');
  return [
    `So many tables reference these that the columns name them, instead of lines: ${list}.`,
    '',
  ];
}

/** The table of a group with the most lines in it; of several, the first by name. */
function centre(group: readonly string[], edges: readonly Edge[]): string {
  const among = new Set(group);
  const lines = new Map(group.map((table) => [table, 0]));
  for (const { from, to } of edges) {
    if (!among.has(from) || !among.has(to) || from === to) continue;
    for (const end of [from, to]) lines.set(end, (lines.get(end) ?? 0) + 1);
  }
  return [...group].sort((a, b) => (lines.get(b) ?? 0) - (lines.get(a) ?? 0))[0] ?? '';
}
