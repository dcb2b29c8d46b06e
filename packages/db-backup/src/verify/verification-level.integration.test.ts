import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { readdir, readFile, truncate } from 'node:fs/promises';
import { connect } from 'node:net';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { findBinaries } from '@tothub/db-testkit';
import { type TestDatabase, testCluster, testDatabase } from '@tothub/db-testkit/vitest';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ageKeys } from '../../test/age-keys.ts';
import { enginesHere, execute } from '../../test/databases.ts';
import { forge } from '../../test/forge.ts';
import { temporaryFolder } from '../../test/temporary-folder.ts';
import { createBackupGate } from '../backup-gate.ts';
import { createBackup } from '../create-backup.ts';
import { EngineUnavailableError, ScratchDatabaseError } from '../errors.ts';
import { inspectBackup } from '../inspect-backup.ts';
import type { FileRecord } from '../storage/checked-file.ts';
import { verifyBackup } from '../verify-backup.ts';
import { VERIFICATION_LEVELS, type VerificationLevel } from './verification-level.ts';

const directory = temporaryFolder();
let source: TestDatabase;

beforeAll(async () => {
  source = await testDatabase();
  await execute(
    source.url,
    `CREATE TABLE t AS SELECT i AS id, sha256(i::text::bytea) AS noise FROM generate_series(1, 3000) AS i`,
  );
});
afterAll(() => source.drop());

const names = (checks: readonly { name: string; status: string }[]) =>
  checks.map(({ name, status }) => `${name} ${status}`).join(', ');

const EXPECTED: Record<VerificationLevel, string> = {
  sealed: 'sealed passed',
  readable: 'sealed passed, readable passed',
  restored: 'sealed passed, restored passed',
  identical:
    'sealed passed, restored passed, catalog passed, counts passed, contents passed, sequences passed, large objects passed',
};

describe.each(await enginesHere())('a backup by the engine %s', (engine) => {
  it('is proven level by level, and only the last one opens the gate', async () => {
    const folder = join(directory, engine);
    const { path } = await createBackup({
      connectionString: source.url,
      directory: folder,
      engine,
    });
    const gate = createBackupGate({ directory: folder, connectionString: source.url });
    for (const level of VERIFICATION_LEVELS) {
      const needsServer = level === 'restored' || level === 'identical';
      const { ok, checks } = await verifyBackup(path, {
        level,
        ...(needsServer && { connectionString: source.url }),
      });
      expect({ level, ok, checks: names(checks) }).toEqual({
        level,
        ok: true,
        checks: EXPECTED[level],
      });
      const isProof = level === 'identical';
      expect(await inspectBackup(path)).toMatchObject({
        level,
        state: isProof ? 'verified' : 'unverified',
        receipt: isProof ? { level } : null,
      });
      expect((await gate.check(['t'])).ok).toBe(isProof);
    }
    // Less than that takes nothing away while it passes.
    await verifyBackup(path, { level: 'sealed' });
    expect((await gate.check(['t'])).ok).toBe(true);
    await expect(verifyBackup(path, {})).rejects.toThrow(ScratchDatabaseError);
  });

  it('is found to be unreadable where only reading shows it, and loses its receipt', async () => {
    const { path } = await createBackup({ connectionString: source.url, directory, engine });
    const dump = (await readdir(path)).find((name) => name.startsWith('dump.')) ?? '';
    const cut = await forge(path, join(directory, `cut-${engine}`), 'manifest.json', (m) => m);
    await truncate(join(cut, dump), 40_000);
    const bytes = await readFile(join(cut, dump));
    const sha256 = createHash('sha256').update(bytes).digest('hex');
    const forged = await forge(cut, join(directory, `forged-${engine}`), 'manifest.json', (m) => ({
      files: (m.files as FileRecord[]).map((file) =>
        file.name === dump ? { name: dump, bytes: bytes.length, sha256 } : file,
      ),
    }));
    expect((await verifyBackup(forged, { level: 'sealed' })).ok).toBe(true);
    expect((await inspectBackup(forged))?.level).toBe('sealed');
    const { ok, checks } = await verifyBackup(forged, { level: 'readable' });
    expect({ ok, checks: names(checks) }).toEqual({
      ok: false,
      checks: 'sealed passed, readable failed',
    });
    expect((await inspectBackup(forged))?.level).toBe(null);
  });
});

it('needs no key for the seal of an encrypted backup, and one to read it', async () => {
  const { identity, recipient } = await ageKeys();
  const { path } = await createBackup({
    connectionString: source.url,
    directory,
    engine: 'wasm',
    encryption: { recipients: [recipient] },
  });
  expect((await verifyBackup(path, { level: 'sealed' })).ok).toBe(true);
  await expect(verifyBackup(path, { level: 'readable' })).rejects.toThrow('no identity was given');
  expect((await verifyBackup(path, { level: 'readable', identities: [identity] })).ok).toBe(true);
  expect(await readFile(join(path, 'receipt.json'), 'utf8')).toContain('"objects": null');
});

it('says nothing about a backup that cannot be read here', async ({ skip }) => {
  skip(!(await enginesHere()).includes('native'), 'this server takes no native backup here');
  const { path } = await createBackup({
    connectionString: source.url,
    directory,
    engine: 'native',
  });
  await verifyBackup(path, { level: 'sealed' });
  const nothing = { level: 'readable', binDir: directory } as const;
  await expect(verifyBackup(path, nothing)).rejects.toThrow(EngineUnavailableError);
  expect((await inspectBackup(path))?.level).toBe('sealed');
});

it('is proven on a server of its own, which goes with its data, also where this process is killed', async () => {
  const role = `embedded "o'dd`;
  const quoted = `"embedded ""o'dd"`;
  await execute(
    source.url,
    `CREATE ROLE ${quoted}; CREATE POLICY p ON t TO ${quoted} USING (true)`,
  );
  const { path, manifest } = await createBackup({ connectionString: source.url, directory });
  await execute(source.url, `DROP POLICY p ON t; DROP ROLE ${quoted}`);
  expect(manifest.roles).toContain(role);
  const binDir = findBinaries(testCluster().major)[0]?.binDir ?? '';
  const { ok, checks } = await verifyBackup(path, { server: 'embedded', serverBinDir: binDir });
  expect({ ok, checks: names(checks) }).toEqual({ ok: true, checks: EXPECTED.identical });

  const script = fileURLToPath(new URL('../../test/child-verify.ts', import.meta.url));
  const child = spawn(process.execPath, ['--conditions=@tothub/source', script, path, binDir], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const [said] = await once(child.stdout, 'data');
  const { port } = new URL(String(said).trim());
  child.kill('SIGKILL');
  await once(child, 'close');
  await expect.poll(() => isOpen(Number(port))).toBe(false);

  const nowhere = verifyBackup(path, { server: 'embedded', serverBinDir: directory });
  await expect(nowhere).rejects.toThrow(/No server programs of PostgreSQL \d+ are on this machine/);
});

function isOpen(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1');
    socket.once('connect', () => resolve(true)).once('error', () => resolve(false));
    socket.unref();
    socket.once('connect', () => socket.destroy());
  });
}
