import { cp, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { buffer } from 'node:stream/consumers';
import { type TestDatabase, testCluster, testDatabase } from '@tothub/db-testkit/vitest';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ageKeys } from '../test/age-keys.ts';
import { execute } from '../test/databases.ts';
import { forge } from '../test/forge.ts';
import { temporaryFolder } from '../test/temporary-folder.ts';
import { createBackupGate } from './backup-gate.ts';
import { createBackup } from './create-backup.ts';
import {
  BackupDamagedError,
  BackupKeyError,
  BackupSwappedError,
  SignatureInvalidError,
  SignatureMissingError,
  UntrustedKeyError,
} from './errors.ts';
import { listBackups } from './list-backups.ts';
import { restoreBackup } from './restore-backup.ts';
import { generateSigningKey, publicKeyOf } from './signing/signing-key.ts';
import { checkFiles } from './storage/check-files.ts';
import { openChecked } from './storage/open-backup.ts';
import { locateBackup } from './storage/open-storage.ts';
import { readManifest } from './storage/read-manifest.ts';
import { verifyBackup } from './verify-backup.ts';

const root = temporaryFolder();
const signingKey = generateSigningKey();
const trustedKeys = [publicKeyOf(signingKey)];
const stranger = generateSigningKey();
const { identity, recipient } = await ageKeys();
const identities = [identity];
let source: TestDatabase;
let folders = 0;

beforeAll(async () => {
  source = await testDatabase();
  await execute(source.url, 'CREATE TABLE kept (id integer); INSERT INTO kept VALUES (1)');
});
afterAll(() => source.drop());

const newFolder = (): string => join(root, String(folders++));

describe.each(['plain', 'encrypted'])('a signed backup, %s', (kind) => {
  const encryption = kind === 'encrypted' && { encryption: { recipients: [recipient] } };
  const options = () => ({ connectionString: source.url, identities, signingKey, trustedKeys });
  let made: string;

  /** A directory of its own with a copy of the backup in it. */
  async function copyOfBackup(): Promise<{ directory: string; path: string }> {
    const directory = newFolder();
    const path = join(directory, made.slice(made.lastIndexOf('/') + 1));
    await cp(made, path, { recursive: true });
    return { directory, path };
  }

  async function refusal(path: string): Promise<Error> {
    const verifying = await verifyBackup(path, options()).catch((thrown: unknown) => thrown);
    const restoring = await restoreBackup(path, {
      into: 'postgresql://nobody@127.0.0.1:1/never_reached',
      identities,
      trustedKeys,
    }).catch((thrown: unknown) => thrown);
    expect((restoring as Error).message).toBe((verifying as Error).message);
    return verifying as Error;
  }

  async function gateReason(directory: string, extra: object = {}): Promise<string> {
    const gate = createBackupGate({ directory, ...options(), ...extra });
    const answer = await gate.check(['kept']);
    return answer.ok ? 'open' : answer.reason;
  }

  beforeAll(async () => {
    const { path } = await createBackup({ ...options(), directory: newFolder(), ...encryption });
    const { ok, checks } = await verifyBackup(path, options());
    expect(ok).toBe(true);
    expect(checks[0]?.detail).toContain('signed by a trusted key');
    made = path;
  });

  it('opens the gate that demands signatures, and is listed as verified', async () => {
    const { directory } = await copyOfBackup();
    expect(await gateReason(directory)).toBe('open');
    const [listed] = await listBackups(directory, { trustedKeys });
    expect(listed).toMatchObject({ state: 'verified', problem: null });
    const absent = createBackupGate({ directory, ...options() }).check(['other']);
    expect(await absent).toMatchObject({ ok: false, reason: expect.stringContaining('other') });
    if (kind === 'encrypted') {
      expect(await gateReason(directory, { identities: undefined })).toMatch(
        /is encrypted, and no identity was given/,
      );
    }
  });

  it('is refused with the signature of a stranger', async () => {
    const { path } = await copyOfBackup();
    const others = { ...options(), trustedKeys: [publicKeyOf(stranger)] };
    await expect(verifyBackup(path, others)).rejects.toThrow(UntrustedKeyError);
    expect(await readdir(path)).toContain('receipt.json');
  });

  it('is refused when its manifest was changed and sealed anew', async () => {
    const { directory, path } = await copyOfBackup();
    const forged = newFolder();
    await forge(path, forged, 'manifest.json', ({ seal: _, ...manifest }) => ({
      startedAt: new Date(Date.now() + 60_000).toISOString(),
      signature: manifest.signature,
    }));
    await rm(path, { recursive: true });
    await rename(forged, path);
    expect(await refusal(path)).toBeInstanceOf(SignatureInvalidError);
    expect(await gateReason(directory)).toMatch(/manifest\.json was changed after the key/);
    const [listed] = await listBackups(directory, { trustedKeys });
    expect(listed).toMatchObject({ state: 'untrusted', manifest: null, receipt: null });
  });

  it('is refused without its signature', async () => {
    const { directory, path } = await copyOfBackup();
    const manifest = join(path, 'manifest.json');
    const unsigned = await createBackup({
      connectionString: source.url,
      directory: newFolder(),
      ...encryption,
    });
    await rm(path, { recursive: true });
    await cp(unsigned.path, path, { recursive: true });
    expect(await refusal(path)).toBeInstanceOf(SignatureMissingError);
    expect(await gateReason(directory)).toContain(`${manifest} is not signed`);
  });

  it('is refused under the name of another one, so that an old one cannot pass for a new one', async () => {
    const { directory, path } = await copyOfBackup();
    const newer = join(directory, 'app-20990101T000000Z-abcdef');
    await rename(path, newer);
    const into = 'postgresql://nobody@127.0.0.1:1/never_reached';
    const restore = restoreBackup(newer, { into, identities, trustedKeys });
    await expect(restore).rejects.toThrow(BackupSwappedError);
    const { checks } = await verifyBackup(newer, options());
    expect(checks[0]).toMatchObject({ name: 'sealed', status: 'failed' });
    const [listed] = await listBackups(directory, { trustedKeys });
    expect(listed).toMatchObject({ state: 'damaged' });
  });

  it('is refused with a receipt that was edited and sealed anew, was not signed, or is of another backup', async () => {
    const { directory, path } = await copyOfBackup();
    const receipt = join(path, 'receipt.json');
    const forged = newFolder();
    await forge(path, forged, 'receipt.json', ({ signature }) => ({
      objects: ['public.kept', 'public.gone'],
      signature,
    }));
    await cp(join(forged, 'receipt.json'), receipt);
    expect(await gateReason(directory)).toMatch(/receipt\.json was changed after the key/);
    // Without a demand for signatures, nothing tells it from an honest one.
    expect(await gateReason(directory, { trustedKeys: undefined })).toBe('open');

    await verifyBackup(path, { connectionString: source.url, identities });
    expect(await gateReason(directory)).toMatch(/receipt\.json is not signed/);
    await verifyBackup(path, { connectionString: source.url, identities, signingKey: stranger });
    expect(await gateReason(directory)).toMatch(/receipt\.json is signed by the key \w{16}, which/);

    const other = await createBackup({ ...options(), directory: newFolder(), ...encryption });
    await verifyBackup(other.path, options());
    await cp(join(other.path, 'receipt.json'), receipt);
    expect(await gateReason(directory)).toMatch(/was ever verified/);
  });

  it('does not take the signature of a manifest for that of a receipt', async () => {
    const { directory, path } = await copyOfBackup();
    await writeFile(join(path, 'receipt.json'), await readFile(join(path, 'manifest.json')));
    expect(await gateReason(directory)).toMatch(/receipt\.json was changed after the key/);
  });
});

it.each(['plain', 'encrypted'])(
  'gives nothing whole out of a file that is changed after it was checked (%s)',
  async (kind) => {
    const encryption = kind === 'encrypted' && { encryption: { recipients: [recipient] } };
    const make = async (url: string) =>
      (await createBackup({ connectionString: url, directory: newFolder(), ...encryption })).path;
    const [path, other] = [await make(source.url), await make(testCluster().adminUrl)];
    for (const name of (await readdir(path)).filter((each) =>
      /^(dump|catalog|contents)/.test(each),
    )) {
      // Whoever knows the recipient can encrypt a file of his own for it, in time.
      const exchanged = join(newFolder(), 'copy');
      await cp(path, exchanged, { recursive: true });
      const place = await locateBackup(exchanged);
      const head = await readManifest(place);
      await checkFiles(place, head);
      await cp(join(other, name), join(exchanged, name));
      const reading = async (): Promise<number> => {
        const backup = await openChecked(place, head, identities);
        return (await buffer(backup.dump.read())).length;
      };
      await expect(reading()).rejects.toThrow(BackupDamagedError);
    }
  },
);

it('counts rows only where no content hashes are wanted, and opens no gate by that', async () => {
  const directory = newFolder();
  const connectionString = source.url;
  const { path, manifest } = await createBackup({
    connectionString,
    directory,
    contentHash: 'none',
  });
  expect(manifest.tables).toEqual([{ schema: 'public', name: 'kept', rows: 1, hash: null }]);
  const { ok, checks } = await verifyBackup(path, { connectionString });
  expect(ok).toBe(true);
  expect(checks.filter(({ status }) => status !== 'passed')).toEqual([
    { name: 'contents', status: 'skipped', detail: 'the backup was taken without content hashes' },
  ]);
  expect(await createBackupGate({ directory, connectionString }).check(['kept'])).toMatchObject({
    ok: false,
    reason: expect.stringContaining('not everything was compared: contents'),
  });
});

it('refuses a signing key of another kind before anything is written', async () => {
  const directory = newFolder();
  const { createPublicKey } = await import('node:crypto');
  const backup = createBackup({
    connectionString: source.url,
    directory,
    signingKey: createPublicKey(signingKey),
  });
  await expect(backup).rejects.toThrow(BackupKeyError);
  await expect(readdir(directory)).rejects.toThrow('ENOENT');
});
