import { displayName, displayPath } from '../display-name.ts';
import { code } from '../markdown/code.ts';
import { prose } from '../markdown/prose.ts';
import { pathOf, type SchemaIndex } from '../schema-index.ts';
import type { Section } from '../section.ts';
import { grantsLine } from './grants.ts';
import { tableSection } from './type-sections.ts';

/** Sequences, extensions, event triggers and publications. */
export function otherSections({ catalog }: SchemaIndex, showVersions: boolean): readonly Section[] {
  const { sequences, extensions, eventTriggers, publications } = catalog;
  return [
    tableSection(
      'Sequences',
      [
        'Sequence',
        'Owned by',
        'Type',
        'Start',
        'Increment',
        'Minimum',
        'Maximum',
        'Cache',
        'Cycles',
        'Granted',
        'Comment',
      ],
      sequences.map((sequence) => [
        code(pathOf(sequence)),
        sequence.ownedBy
          ? code(
              displayPath(sequence.ownedBy.schema, sequence.ownedBy.name, sequence.ownedBy.column),
            ) + (sequence.ownedBy.dependency === 'internal' ? ' (identity)' : '')
          : '',
        sequence.type,
        sequence.start,
        sequence.increment,
        sequence.minimum,
        sequence.maximum,
        sequence.cache,
        sequence.cycle ? 'yes' : '',
        grantsLine(sequence.owner, sequence.grants),
        sequence.comment ? prose(sequence.comment) : '',
      ]),
    ),
    tableSection(
      'Extensions',
      ['Extension', 'Schema', 'Version', 'Comment'],
      extensions.map((extension) => [
        code(displayName(extension.name)),
        code(displayName(extension.schema)),
        showVersions ? extension.version : '',
        extension.comment ? prose(extension.comment) : '',
      ]),
    ),
    tableSection(
      'Event triggers',
      ['Event trigger', 'Event', 'Tags', 'Enabled', 'Function'],
      eventTriggers.map((trigger) => [
        code(displayName(trigger.name)),
        trigger.event,
        trigger.tags.map(code).join(', '),
        trigger.enabled === 'origin' ? 'yes' : trigger.enabled,
        code(`${pathOf(trigger.function)}()`),
      ]),
    ),
    tableSection(
      'Publications',
      ['Publication', 'Tables'],
      publications.map(({ name, allTables, tables, schemas }) => [
        code(displayName(name)),
        allTables
          ? 'all tables'
          : [
              ...schemas.map((schema) => `all tables in ${code(displayName(schema))}`),
              ...tables.map((table) => code(pathOf(table))),
            ].join(', '),
      ]),
    ),
  ].flat();
}
