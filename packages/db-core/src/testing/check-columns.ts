import type { z } from 'zod';
import { closedSetProblem, columnTypeProblem, takesNull } from './column-type.ts';
import type { DescribedColumn } from './describe.ts';
import type { ServerCatalog } from './server-catalog.ts';
import type { Verdict } from './verdict.ts';

/** What is wrong with a column. */
export interface ColumnProblem {
  readonly kind:
    | 'missing-column'
    | 'extra-column'
    | 'repeated-column'
    | 'column-type'
    | 'missing-nullable'
    | 'superfluous-nullable';
  readonly subject: string;
  readonly message: string;
}

/** Compares the columns that the server gives, in any order, with those of the row schema. */
export function checkColumns(
  row: z.ZodObject,
  columns: readonly DescribedColumn[],
  verdicts: readonly Verdict[],
  catalog: ServerCatalog,
): ColumnProblem[] {
  const shape = row.shape as Readonly<Record<string, z.ZodType>>;
  const names = columns.map(({ name }) => name);
  const missing = Object.keys(shape).filter((key) => !names.includes(key));
  const problems: ColumnProblem[] = missing.map((subject) => ({
    kind: 'missing-column',
    subject,
    message: `The row schema has "${subject}", the statement has not. Select it, or take it out of the schema.`,
  }));
  columns.forEach(({ name, type, table }, at) => {
    const add = (kind: ColumnProblem['kind'], message: string) =>
      problems.push({ kind, subject: name, message });
    if (names.indexOf(name) < at) {
      add('repeated-column', `"${name}" is selected twice. Give each column a name of its own.`);
      return;
    }
    const schema = Object.hasOwn(shape, name) ? shape[name] : undefined;
    if (!schema) {
      add(
        'extra-column',
        `The statement gives "${name}", the row schema has it not. Add it, or do not select it.`,
      );
      return;
    }
    const serverType = catalog.typeOf(type);
    const typeProblem =
      columnTypeProblem(schema, serverType) ??
      (table === 0 ? null : closedSetProblem(schema, serverType));
    if (typeProblem) add('column-type', `"${name}" ${typeProblem}`);
    const verdict = verdicts[at];
    const isNullable = takesNull(schema);
    if (verdict?.null === 'maybe' && !isNullable) {
      add('missing-nullable', `"${name}" may be NULL: ${verdict.because}. Add .nullable().`);
    }
    if (verdict?.null === 'never' && isNullable) {
      add(
        'superfluous-nullable',
        `"${name}" is never NULL: ${verdict.because}. Take .nullable() away.`,
      );
    }
  });
  return problems;
}
