import type { Relation, RelationKind } from '@tothub/db-catalog';
import { displayName, displayPath } from '../display-name.ts';
import { code } from '../markdown/code.ts';
import { fence } from '../markdown/fence.ts';
import { prose } from '../markdown/prose.ts';
import { table } from '../markdown/table.ts';
import { pathOf, type SchemaIndex } from '../schema-index.ts';
import type { Link, Section } from '../section.ts';
import { columnTable } from './column-table.ts';
import { constraintTable } from './constraint-table.ts';
import { grantsLine } from './grants.ts';
import { indexTable } from './index-table.ts';
import { partitionTable } from './partition-table.ts';

const groups: readonly { readonly title: string; readonly kinds: readonly RelationKind[] }[] = [
  { title: 'Tables', kinds: ['table', 'partitioned table', 'foreign table'] },
  { title: 'Views', kinds: ['view', 'materialized view'] },
];

/** Tables, then views: a section for each group that has any, and one for each relation. */
export function relationSections(schema: SchemaIndex): readonly Section[] {
  return groups.flatMap(({ title, kinds }): Section[] => {
    const members = schema.relations.filter(({ kind }) => kinds.includes(kind));
    if (members.length === 0) return [];
    return [
      { level: 2, title, lines: () => [] },
      ...members.map(
        (relation): Section => ({
          level: 3,
          title: pathOf(relation),
          object: pathOf(relation),
          lines: (link) => relationLines(schema, relation, link),
        }),
      ),
    ];
  });
}

function relationLines(schema: SchemaIndex, relation: Relation, link: Link): readonly string[] {
  const facts = relationFacts(relation, link);
  return [
    ...(relation.comment ? [`> ${prose(relation.comment)}`, ''] : []),
    ...(facts.length > 0 ? [facts.join(' '), ''] : []),
    ...columnTable(relation, link),
    ...constraintTable(relation),
    ...indexTable(relation),
    ...referenceTable(schema, relation, link),
    ...triggerTable(relation, link),
    ...policyTable(relation),
    ...table(
      ['Rule', 'Definition', 'Comment'],
      relation.rules.map(({ name, definition, comment }) => [
        code(displayName(name)),
        code(definition),
        comment ? prose(comment) : '',
      ]),
    ),
    ...partitionTable(schema.partitions.get(pathOf(relation)) ?? [], relation),
    ...(relation.definition === null ? [] : fence('sql', relation.definition)),
  ];
}

function relationFacts(relation: Relation, link: Link): string[] {
  const facts: string[] = [];
  if (relation.columns.length === 0) facts.push('No columns.');
  if (relation.kind === 'materialized view') facts.push('Materialised view.');
  if (relation.foreignServer !== undefined) {
    facts.push(`Foreign table on server ${code(displayName(relation.foreignServer))}.`);
  }
  if (relation.persistence === 'unlogged') facts.push('Unlogged: emptied after a crash.');
  if (relation.partitionKey !== null) {
    facts.push(`Partitioned by ${code(relation.partitionKey)}.`);
  }
  if (relation.inherits.length > 0) facts.push(`Inherits ${links(relation.inherits, link)}.`);
  if (relation.dependsOn.length > 0) facts.push(`Reads ${links(relation.dependsOn, link)}.`);
  if (relation.rowLevelSecurity !== 'off') {
    facts.push(
      `Row-level security is ${relation.rowLevelSecurity === 'forced' ? 'forced, for its owner too' : 'enabled'}.`,
    );
  }
  if (relation.replicaIdentity !== 'default' && !relation.kind.endsWith('view')) {
    facts.push(`Replica identity: ${relation.replicaIdentity}.`);
  }
  if (relation.options.length > 0) {
    facts.push(`Options: ${relation.options.map(code).join(', ')}.`);
  }
  const grants = [
    grantsLine(relation.owner, relation.grants),
    ...relation.columns.map(({ name, grants }) => {
      const line = grantsLine(relation.owner, grants);
      return line && `on ${code(displayName(name))} ${line}`;
    }),
  ].filter(Boolean);
  if (grants.length > 0) facts.push(`Granted: ${grants.join('; ')}.`);
  return facts;
}

function links(relations: readonly { schema: string; name: string }[], link: Link): string {
  return relations.map((relation) => link(pathOf(relation))).join(', ');
}

function referenceTable(schema: SchemaIndex, relation: Relation, link: Link): readonly string[] {
  return table(
    ['Referenced by', 'Constraint', 'Referenced columns', 'On update', 'On delete'],
    (schema.references.get(pathOf(relation)) ?? []).map(({ from, foreignKey }) => [
      link(
        schema.rootOf(from),
        `${pathOf(from)} (${foreignKey.columns.map((column) => displayPath(column)).join(', ')})`,
      ),
      code(displayName(foreignKey.name)),
      foreignKey.references.columns.map((column) => code(displayName(column))).join(', '),
      foreignKey.onUpdate === 'no action' ? '' : foreignKey.onUpdate,
      foreignKey.onDelete === 'no action' ? '' : foreignKey.onDelete,
    ]),
  );
}

const firing = {
  origin: 'yes',
  always: 'always, in replicas too',
  replica: 'in replicas only',
  disabled: '**disabled**',
} as const;

function triggerTable({ triggers }: Relation, link: Link): readonly string[] {
  return table(
    ['Trigger', 'Enabled', 'Function', 'Definition', 'Comment'],
    triggers.map((trigger) => [
      code(displayName(trigger.name)),
      firing[trigger.enabled],
      link(`${pathOf(trigger.function)}()`),
      code(trigger.definition),
      trigger.comment ? prose(trigger.comment) : '',
    ]),
  );
}

function policyTable({ policies }: Relation): readonly string[] {
  return table(
    ['Policy', 'Command', 'Kind', 'Roles', 'Using', 'With check', 'Comment'],
    policies.map((policy) => [
      code(displayName(policy.name)),
      policy.command,
      policy.permissive ? 'permissive' : 'restrictive',
      policy.roles.map((role) => code(displayName(role))).join(', '),
      policy.using === null ? '' : code(policy.using),
      policy.withCheck === null ? '' : code(policy.withCheck),
      policy.comment ? prose(policy.comment) : '',
    ]),
  );
}
