import type { Routine } from '@tothub/db-catalog';
import { code } from '../markdown/code.ts';
import { fence } from '../markdown/fence.ts';
import { prose } from '../markdown/prose.ts';
import { pathOf, type SchemaIndex } from '../schema-index.ts';
import type { Section } from '../section.ts';
import { grantsLine } from './grants.ts';

/** One section for each function, procedure and aggregate, by signature, with its source folded away. */
export function routineSections({ catalog }: SchemaIndex): readonly Section[] {
  if (catalog.functions.length === 0) return [];
  return [
    { level: 2, title: 'Functions', lines: () => [] },
    ...catalog.functions.map((routine): Section => {
      const signature = `${pathOf(routine)}(${routine.identityArguments})`;
      return {
        level: 3,
        title: signature,
        object: signature,
        lines: () => routineLines(routine),
      };
    }),
  ];
}

function routineLines(routine: Routine): readonly string[] {
  const facts = [
    routine.kind.replace(/^./, (letter) => letter.toUpperCase()) +
      (routine.result === null ? '' : ` returning ${code(routine.result)}`),
    ...(routine.kind === 'aggregate' ? [] : [`language ${code(routine.language)}`]),
    routine.volatility,
    ...(routine.strict ? ['strict'] : []),
    routine.securityDefiner ? '**security definer**' : 'security invoker',
    ...(routine.configuration.length > 0
      ? [`with ${routine.configuration.map(code).join(', ')}`]
      : []),
  ];
  return [
    ...(routine.comment ? [`> ${prose(routine.comment)}`, ''] : []),
    `${facts.join(', ')}.${executors(routine)}`,
    '',
    ...(routine.arguments === routine.identityArguments
      ? []
      : [`Arguments: ${code(routine.arguments)}`, '']),
    ...(routine.definition === null
      ? []
      : [
          '<details><summary>Definition</summary>',
          '',
          ...fence('sql', routine.definition),
          '</details>',
          '',
        ]),
  ];
}

/** Everybody may execute a function until somebody says otherwise; then it matters who may. */
function executors({ owner, grants }: Routine): string {
  if (grants.length === 0) return '';
  const line = grantsLine(owner, grants);
  return line ? ` Granted: ${line}.` : ' Only its owner may execute it.';
}
