import { expect, it } from 'vitest';
import { newBackupId } from './backup-name.ts';

it('names a backup safely whatever the database is called', () => {
  const at = new Date('2026-01-02T03:04:05.678Z');
  const names = ['app', '../../etc', '.hidden', 'a b/c\\d\n"é', 'ö'.repeat(31), 'x'.repeat(63)];
  for (const name of names) {
    expect(newBackupId(name, at)).toMatch(/^[A-Za-z0-9_-]{1,60}-20260102T030405Z-[0-9a-f]{6}$/);
  }
});
