import { keep, write } from '../columns/decision.ts';
import type { Treater } from './treater.ts';

/** Texts that an SQL function reduces. Only rows that would change are read at all. */
export function treatReduce(): Treater {
  return {
    expand: async () => keep('is reduced at contraction'),
    contract: async ({ targets: [reduced] }) => write(reduced ?? null),
  };
}
