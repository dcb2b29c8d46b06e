/** Settings of the application by key. */
import { z } from 'zod';
import { defineQuery } from '../query/define-query.ts';
import { filledText, text } from '../query/input.ts';
import { sql } from '../query/sql.ts';
import { utcNow } from '../query/utc-now.ts';
import { settingsRow } from '../rows/index.ts';

const settingRow = settingsRow.omit({ id: true });
const settingColumns = sql`setting.key, setting.value, setting.updated_at AS "updatedAt"`;
const key = filledText(255);

/** Finds a setting. */
export const getSetting = defineQuery({
  name: 'getSetting',
  access: 'read',
  input: z.strictObject({ key }),
  row: settingRow,
  rows: 'maybeOne',
  sql: ({ key }) => sql`
    SELECT ${settingColumns} FROM public.settings AS setting WHERE setting.key = ${key}`,
  samples: [{ key: 'facility_name' }],
});

/** Lists all settings by key; 1,000 at the most. */
export const listSettings = defineQuery({
  name: 'listSettings',
  access: 'read',
  input: z.strictObject({}),
  row: settingRow,
  rows: 'many',
  sql: () => sql`
    SELECT ${settingColumns} FROM public.settings AS setting ORDER BY setting.key LIMIT 1000`,
  samples: [{}],
});

/**
 * Sets a setting, new or not. The last one wins.
 *
 * @example
 * await setSetting(db, { key: 'closing_time', value: '18:00' });
 * // INSERT INTO public.settings AS setting (key, value, updated_at) VALUES ($1, $2, …)
 * // ON CONFLICT (key) DO UPDATE SET value = excluded.value, updated_at = excluded.updated_at RETURNING …
 */
export const setSetting = defineQuery({
  name: 'setSetting',
  access: 'write',
  input: z.strictObject({ key, value: text.max(100_000) }),
  row: settingRow,
  rows: 'one',
  sql: ({ key, value }) => sql`
    INSERT INTO public.settings AS setting (key, value, updated_at) VALUES (${key}, ${value}, ${utcNow})
    ON CONFLICT (key) DO UPDATE SET value = excluded.value, updated_at = excluded.updated_at
    RETURNING ${settingColumns}`,
  samples: [{ key: 'closing_time', value: '18:00' }],
});
