import { relative } from 'node:path';
import type { TestCase, Vitest } from 'vitest/node';

/**
 * Names what a run skipped, one line a group (a suite, or a test outside of any): a missing program must be seen in the
 * summary, which only counts. Empty for a run that was asked for some tests only.
 */
export function skippedTests(vitest: Vitest): string[] {
  if (vitest.config.testNamePattern) return [];
  const counts = new Map<string, number>();
  for (const module of vitest.state.getTestModules()) {
    const file = relative(vitest.config.root, module.moduleId);
    for (const test of module.children.allTests('skipped')) {
      const group = `${file} > ${outermostName(test)}`;
      counts.set(group, (counts.get(group) ?? 0) + 1);
    }
  }
  return [...counts].map(([group, count]) => `${group} (${count})`);
}

function outermostName(test: TestCase): string {
  let name = test.name;
  for (let at = test.parent; at.type === 'suite'; at = at.parent) name = at.name;
  return name;
}
