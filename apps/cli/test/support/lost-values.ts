import { decryptQuarantined, readKeyFile } from '@tothub/db-security';
import { query } from './query.ts';
import { readValues, type Values } from './values.ts';

const moved = new Set(['room_schedules', 'schedule_templates', 'user_roles']);

/** Every (table, key, column) of `before` that is neither equal now nor in the quarantine with its old value. */
export async function lostValues(before: Values, url: string, keys?: string): Promise<string[]> {
  const after = await readValues(url);
  const keyRing = keys === undefined ? undefined : await readKeyFile(keys);
  const quarantine = new Map<string, { old_value: string | null; encrypted: boolean }[]>();
  for (const row of await query(
    url,
    'SELECT schema_name, table_name, row_key, column_name, old_value, encrypted FROM public.data_quarantine',
  )) {
    const place = `${row.schema_name}.${row.table_name} ${JSON.stringify(Object.entries(row.row_key))} ${row.column_name}`;
    quarantine.set(place, [...(quarantine.get(place) ?? []), row]);
  }
  const lost: string[] = [];
  for (const [table, rows] of before) {
    const name = table.split('.')[1] ?? '';
    const now = after.get(moved.has(name) ? `archive.${name}` : table);
    for (const [key, row] of rows)
      for (const [column, value] of Object.entries(row)) {
        const current = now?.get(key);
        if (current && current[column] === value) continue;
        const place = `${table} ${key} ${column}`;
        const [schema = ''] = table.split('.');
        const kept = (quarantine.get(place) ?? []).map(({ old_value, encrypted }) => {
          if (!encrypted) return old_value === value;
          if (!keyRing || old_value === null) return false;
          const origin = { schema, table: name, column, key: Object.fromEntries(JSON.parse(key)) };
          return decryptQuarantined(old_value, origin, keyRing) === value;
        });
        if (!kept.includes(true)) lost.push(place);
      }
  }
  return lost;
}
