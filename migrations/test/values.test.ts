import type pg from 'pg';
import { expect, it } from 'vitest';
import { lostValues, readColumns, readContents } from './support/contents.ts';
import { legacy } from './support/database.ts';
import { breakEveryRule } from './support/defects.ts';

const findings = async (client: pg.Client): Promise<string[]> => {
  const { rows } = await client.query(
    `SELECT format('%s: %s.%s x%s', rule, table_name, column_name, count(*)) AS line
     FROM public.data_findings GROUP BY rule, table_name, column_name ORDER BY 1`,
  );
  return rows.map(({ line }) => line);
};

it('goes through with every rule broken, loses nothing and says what people have to look at', async () => {
  await using database = await legacy();
  const { client, migrator } = database;
  const columns = await readColumns(client);
  await breakEveryRule(client);
  const before = await readContents(client, columns);
  await migrator.up();
  const after = await readContents(client, columns);
  expect(await lostValues(client, before, after)).toEqual([]);
  expect(await findings(client)).toMatchInlineSnapshot(`
    [
      "duplicate-identity: parents.email x1",
      "duplicate-identity: pay_stubs.pay_period_id x1",
      "duplicate-identity: staff.employee_number x1",
      "several-active-rows: state_compliance.is_active x3",
      "several-daily-reports: daily_reports.date x2",
      "several-guardians: children.parent_id x1",
      "several-open-attendances: attendance.check_out_time x3",
      "several-open-timesheet-entries: timesheet_entries.clock_out_time x2",
      "unresolved-array-id: parents.children_ids x2",
      "unresolved-array-id: security_zones.device_ids x1",
      "unresolved-array-id: user_profiles.children_ids x1",
      "unused-table-holds-rows: user_roles. x1",
      "value-outside-domain: alerts.severity x1",
      "value-outside-domain: staff.pay_type x1",
    ]
  `);
  const { rows: reports } = await client.query(
    'SELECT id FROM public.daily_reports WHERE NOT is_superseded',
  );
  expect(reports).toEqual([{ id: 'report-9' }]);
  const { rows: unproven } = await client.query(
    'SELECT conname FROM pg_constraint WHERE NOT convalidated',
  );
  expect(unproven).toEqual([]);

  await migrator.down({ to: '0001' });
  // user_roles never moved, and everything that was closed is open again.
  expect(await readContents(client, columns)).toEqual(before);
});
