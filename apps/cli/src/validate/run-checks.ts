import type { Catalog } from '@tothub/db-catalog';
import { faultText } from '../fault-text.ts';
import { catalogOf } from '../project/document.ts';
import type { Output } from '../terminal/output.ts';
import type { CheckContext, CheckResult, ValidateContext } from './check.ts';
import { checks } from './checks/index.ts';

export interface NamedResult extends CheckResult {
  readonly name: string;
}

/** The whole checklist, in order. A check that cannot be made is a failed one: it says why. */
export async function runChecks(
  context: ValidateContext,
  output: Output,
): Promise<{ ok: boolean; checks: NamedResult[] }> {
  const results: NamedResult[] = [];
  let catalog: Promise<Catalog> | undefined;
  const shared: CheckContext = {
    ...context,
    catalog() {
      catalog ??= catalogOf(context.url);
      return catalog;
    },
  };
  for (const check of checks) {
    context.signal.throwIfAborted();
    const line = output.step(check.name);
    let result: CheckResult;
    try {
      result = await check.run(shared);
    } catch (error) {
      context.signal.throwIfAborted();
      result = { status: 'failed', detail: faultText(error) };
    }
    for (const item of result.items ?? []) line.note(item);
    line.end(result.status === 'passed' ? 'done' : result.status, result.detail);
    results.push({ name: check.name, ...result });
  }
  return { ok: results.every(({ status }) => status !== 'failed'), checks: results };
}
