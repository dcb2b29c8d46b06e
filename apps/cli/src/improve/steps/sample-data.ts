import { seedDatabase } from '@tothub/db-seed';
import type { ImproveContext, Step } from '../step.ts';

const seed = ({ url, project, signal }: ImproveContext, dryRun: boolean) =>
  seedDatabase({ connectionString: url, profile: project.sampleData.profile, dryRun, signal });

export type SampleDataEvidence = Awaited<ReturnType<typeof seedDatabase>>;

/** Five to ten rows in every empty table; only when asked for. */
export const sampleData: Step = {
  name: 'sample data',
  outlook: (context) => (context.sampleData ? 'fill the empty tables' : null),
  async pending(context) {
    if (!context.sampleData) return null;
    const { tables } = await seed(context, true);
    return tables.length === 0 ? null : `fill ${tables.length} empty tables`;
  },
  async run(context) {
    if (!context.sampleData)
      return { status: 'skipped', summary: 'only with --sample-data', evidence: null };
    const result = await seed(context, false);
    const rows = result.tables.reduce((sum, table) => sum + table.rows, 0);
    return {
      status: 'passed',
      summary: `${rows} rows in ${result.tables.length} tables`,
      evidence: result,
    };
  },
};
