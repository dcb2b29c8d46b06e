import { displayName } from '../display-name.ts';
import { code } from '../markdown/code.ts';
import { prose } from '../markdown/prose.ts';
import { table } from '../markdown/table.ts';
import { pathOf, type SchemaIndex } from '../schema-index.ts';
import type { Section } from '../section.ts';

/** Enums, domains, composite types, ranges: one section with one table for each kind that occurs. */
export function typeSections(schema: SchemaIndex): readonly Section[] {
  const { enums, domains, composites, ranges } = schema.catalog;
  const used = (type: { schema: string; name: string }) =>
    (schema.typeUses.get(pathOf(type)) ?? []).map(code).join('<br>');
  const comment = (type: { comment: string | null }) => (type.comment ? prose(type.comment) : '');
  return [
    tableSection(
      'Enums',
      ['Enum', 'Labels in order', 'Used by', 'Comment'],
      enums.map((type) => [
        code(pathOf(type)),
        type.labels.map((label) => code(displayName(label))).join(', '),
        used(type),
        comment(type),
      ]),
    ),
    tableSection(
      'Domains',
      ['Domain', 'Base type', 'Nullable', 'Default', 'Constraints', 'Used by', 'Comment'],
      domains.map((type) => [
        code(pathOf(type)),
        code(type.collation ? `${type.baseType} COLLATE ${type.collation}` : type.baseType),
        type.notNull ? 'no' : 'yes',
        type.default === null ? '' : code(type.default),
        type.constraints
          .filter(({ definition }) => definition !== 'NOT NULL')
          .map(({ name, definition, validated }) =>
            [
              `${code(displayName(name))} ${code(definition)}`,
              ...(validated ? [] : ['**not validated**']),
            ].join(', '),
          )
          .join('<br>'),
        used(type),
        comment(type),
      ]),
    ),
    tableSection(
      'Composite types',
      ['Composite type', 'Attributes', 'Used by', 'Comment'],
      composites.map((type) => [
        code(pathOf(type)),
        type.attributes
          .map((attribute) => `${code(displayName(attribute.name))} ${code(attribute.type)}`)
          .join('<br>'),
        used(type),
        comment(type),
      ]),
    ),
    tableSection(
      'Range types',
      ['Range type', 'Subtype', 'Used by', 'Comment'],
      ranges.map((type) => [code(pathOf(type)), code(type.subtype), used(type), comment(type)]),
    ),
  ].flat();
}

/** A section that is one table; none without rows. */
export function tableSection(
  title: string,
  header: readonly string[],
  rows: readonly (readonly string[])[],
): readonly Section[] {
  return rows.length === 0 ? [] : [{ level: 2, title, lines: () => table(header, rows) }];
}
