import type { Catalog } from '@tothub/db-catalog';
import { displayName } from '../display-name.ts';
import { code } from '../markdown/code.ts';
import { prose } from '../markdown/prose.ts';
import { table } from '../markdown/table.ts';
import type { SchemaIndex } from '../schema-index.ts';
import type { Section } from '../section.ts';
import { grantsLine } from './grants.ts';

/** What there is, counted by schema. */
export function summarySection(schema: SchemaIndex, showServer: boolean): Section {
  return { level: 2, title: 'Summary', lines: () => summaryLines(schema, showServer) };
}

function summaryLines({ catalog, relations, partitions }: SchemaIndex, showServer: boolean) {
  const partitioned = new Set([...partitions.values()].flat());
  return [
    ...(showServer ? [serverLine(catalog), ''] : []),
    ...table(
      [
        'Schema',
        'Tables',
        'Partitions',
        'Columns',
        'Foreign keys',
        'Indexes',
        'Views',
        'Triggers',
        'Policies',
        'Functions',
        'Types',
        'Sequences',
        'Granted',
        'Comment',
      ],
      catalog.schemas.map(({ name, owner, comment, grants }) => {
        const here = relations.filter((relation) => relation.schema === name);
        const tables = here.filter(({ kind }) => !kind.endsWith('view'));
        const sum = (list: 'columns' | 'indexes' | 'triggers' | 'policies') =>
          here.reduce((total, relation) => total + relation[list].length, 0);
        const inSchema = (objects: readonly { readonly schema: string }[]) =>
          objects.filter((object) => object.schema === name).length;
        return [
          code(displayName(name)),
          count(tables.length),
          count([...partitioned].filter((partition) => partition.schema === name).length),
          count(tables.reduce((total, { columns }) => total + columns.length, 0)),
          count(
            tables.flatMap(({ constraints }) =>
              constraints.filter(({ kind }) => kind === 'foreign key'),
            ).length,
          ),
          count(sum('indexes')),
          count(here.length - tables.length),
          count(sum('triggers')),
          count(sum('policies')),
          count(inSchema(catalog.functions)),
          count(
            [catalog.enums, catalog.domains, catalog.composites, catalog.ranges]
              .map(inSchema)
              .reduce((a, b) => a + b),
          ),
          count(inSchema(catalog.sequences)),
          grantsLine(owner, grants),
          comment ? prose(comment) : '',
        ];
      }),
    ),
  ];
}

function count(number: number): string {
  return number === 0 ? '' : String(number);
}

function serverLine({ database, server, encoding }: Catalog): string {
  return `Database ${code(displayName(database))}, PostgreSQL ${prose(server.version)}, encoding ${prose(encoding)}.`;
}
