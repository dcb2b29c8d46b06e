import { spawnSync } from 'node:child_process';
import { expect, it } from 'vitest';
import { currentOwner, formatOwner, isOver, parseOwner } from './owner.ts';

it('finds the owner again in a longer name', () => {
  const owner = currentOwner();
  expect(parseOwner(`.partial-${formatOwner(owner)}_app-20260101T000000Z-abcdef`)).toEqual(owner);
  expect(parseOwner(`tothub_scratch_${formatOwner(owner)}_abcdef`)).toEqual(owner);
  expect(parseOwner('tothub_scratch_somebody_elses')).toBeUndefined();
});

it('takes a run for over when its process is gone, and for alive while it lives', () => {
  const owner = currentOwner();
  const gone = spawnSync(process.execPath, ['--version']).pid;
  expect(isOver(owner)).toBe(false);
  expect(isOver({ ...owner, pid: process.ppid })).toBe(false);
  expect(isOver({ ...owner, pid: gone })).toBe(true);
});

it('takes a run of an earlier process with this number for over', () => {
  expect(
    isOver({ ...currentOwner(), startedAtMs: Date.now() - process.uptime() * 1000 - 60_000 }),
  ).toBe(true);
});

it('leaves what another host made alone for a week', () => {
  const foreign = { ...currentOwner(), host: '0'.repeat(12) };
  expect(isOver(foreign)).toBe(false);
  expect(isOver({ ...foreign, startedAtMs: Date.now() - 8 * 86_400_000 })).toBe(true);
});
