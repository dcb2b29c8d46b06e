/**
 * What differs between the place where a backup was taken and the one where it is to go, found before anything is
 * written. Pure: it only compares.
 */
import { type Catalog, quoteIdent } from '@tothub/db-catalog';
import type { RoleFinder } from '../access/plan-access.ts';
import { rolesOfPolicies } from '../snapshot/roles-named.ts';
import type { DatabaseIdentity, SealedManifest } from '../storage/manifest.ts';
import type { TargetFacts } from './target-facts.ts';

/** One thing that is different there. */
export interface RestoreDifference {
  readonly subject:
    | 'server'
    | 'extension'
    | 'encoding'
    | 'collation'
    | 'role'
    | 'setting'
    | 'space';
  /** `blocks`: the restore does not begin. `differs`: it goes on, and this is what will be different. */
  readonly severity: 'blocks' | 'differs';
  readonly detail: string;
}

export interface DifferenceOptions {
  readonly catalog: Catalog;
  readonly dumpBytes: number;
  readonly roleOf: RoleFinder;
  readonly mapRoles: Readonly<Record<string, string>>;
  /** True where the restore makes the database, with encoding, locale, owner and settings of the source. */
  readonly isNewDatabase: boolean;
  /** False for single tables, which may need none of what is missing. */
  readonly isWhole: boolean;
}

/** Lists the differences, what blocks first. */
export function restoreDifferences(
  manifest: SealedManifest,
  facts: TargetFacts,
  options: DifferenceOptions,
): RestoreDifference[] {
  const differences = [
    ...serverDifferences(manifest, facts),
    ...extensionDifferences(manifest, facts),
    ...(options.isNewDatabase ? [] : localeDifferences(manifest.database, facts.database)),
    ...roleDifferences(manifest, facts, options),
    ...settingDifferences(manifest, options),
    ...spaceDifferences(facts, options),
  ];
  return differences
    .map((one) =>
      options.isWhole || one.subject === 'space' ? one : { ...one, severity: 'differs' as const },
    )
    .sort((a, b) => (a.severity < b.severity ? -1 : a.severity > b.severity ? 1 : 0));
}

function serverDifferences(manifest: SealedManifest, facts: TargetFacts): RestoreDifference[] {
  const source = Math.trunc(manifest.server.versionNumber / 10_000);
  if (source === facts.serverMajor) return [];
  const older =
    facts.serverMajor < source
      ? ', which is older: it may refuse what that version did not know'
      : '';
  return [
    differs(
      'server',
      `taken from PostgreSQL ${source}, to PostgreSQL ${facts.serverMajor}${older}`,
    ),
  ];
}

function extensionDifferences(manifest: SealedManifest, facts: TargetFacts): RestoreDifference[] {
  return manifest.extensions.flatMap(({ name, version }): RestoreDifference[] => {
    const found = facts.extensions.get(name);
    if (!found) return [blocks('extension', `the extension ${name} (install it on that server)`)];
    const there = found.installedVersion ?? found.defaultVersion;
    const differences: RestoreDifference[] = [];
    if (there !== version)
      differences.push(differs('extension', `${name} ${version} becomes ${name} ${there}`));
    if (found.installedVersion === null && found.needsSuperuser && !facts.isSuperuser)
      differences.push(
        differs(
          'extension',
          `${name} is not installed, and ${facts.role} is no superuser, which installing it usually takes`,
        ),
      );
    return differences;
  });
}

function localeDifferences(
  source: DatabaseIdentity,
  target: DatabaseIdentity,
): RestoreDifference[] {
  const differences: RestoreDifference[] = [];
  if (source.encoding !== target.encoding)
    differences.push(
      differs(
        'encoding',
        `${source.encoding} becomes ${target.encoding}: a character that this does not know ends the restore`,
      ),
    );
  const collation = (of: DatabaseIdentity): string =>
    [...new Set([of.collate, of.ctype])].join(' / ') +
    (of.localeProvider === 'c' ? '' : `, provider ${of.localeProvider} ${of.locale ?? ''}`);
  if (collation(source) !== collation(target))
    differences.push(
      differs(
        'collation',
        `${collation(source)} becomes ${collation(target)}: texts sort otherwise`,
      ),
    );
  return differences;
}

function roleDifferences(
  manifest: SealedManifest,
  facts: TargetFacts,
  { catalog, roleOf, mapRoles }: DifferenceOptions,
): RestoreDifference[] {
  const named = new Set([...manifest.roles, ...rolesInAccess(manifest)]);
  const policyRoles = new Set(rolesOfPolicies(catalog));
  const differences: RestoreDifference[] = [];
  for (const [from, to] of Object.entries(mapRoles)) {
    if (!facts.roles.has(to))
      differences.push(blocks('role', `the role ${to}, for which ${from} was mapped`));
  }
  for (const role of [...named].sort()) {
    if (roleOf(role) !== undefined) continue;
    if (policyRoles.has(role))
      differences.push(
        blocks(
          'role',
          `the role ${role}, named by a policy (CREATE ROLE ${quoteIdent(role)} NOLOGIN)`,
        ),
      );
    else
      differences.push(
        differs('role', `${role} is missing: what it owns or may do is left out and listed`),
      );
  }
  return differences;
}

function rolesInAccess({ access }: SealedManifest): string[] {
  if (!access) return [];
  return [
    access.database.owner,
    ...access.database.settings.flatMap(({ role }) => (role === null ? [] : [role])),
    ...access.defaults.flatMap(({ role, grants }) => [role, ...grants.flatMap(granteeOf)]),
    ...access.objects.flatMap(({ owner, grants }) => [owner, ...(grants ?? []).flatMap(granteeOf)]),
    ...(access.database.grants ?? []).flatMap(granteeOf),
  ];
}

function granteeOf({ grantee }: { readonly grantee: string | null }): string[] {
  return grantee === null ? [] : [grantee];
}

function settingDifferences(
  { access }: SealedManifest,
  { isNewDatabase }: DifferenceOptions,
): RestoreDifference[] {
  if (!access) {
    return [
      differs('setting', 'the backup recorded no owners, grants and settings: none are restored'),
    ];
  }
  if (isNewDatabase) return [];
  return access.database.settings.map(({ role, name }) =>
    differs(
      'setting',
      `${name}${role === null ? '' : ` of ${role}`} is not set: the database was there before, and keeps its own settings`,
    ),
  );
}

function spaceDifferences(
  { freeBytes }: TargetFacts,
  { catalog, dumpBytes }: DifferenceOptions,
): RestoreDifference[] {
  if (freeBytes === null) return [];
  if (freeBytes < dumpBytes)
    return [
      blocks(
        'space',
        `room on its disk: ${megabytes(freeBytes)} free, and the dump alone has ${megabytes(dumpBytes)}`,
      ),
    ];
  const needed = bytesNeeded(catalog);
  if (freeBytes >= needed) return [];
  return [
    differs(
      'space',
      `${megabytes(freeBytes)} free there; the source took ${megabytes(needed)}, which may include what was deleted`,
    ),
  ];
}

/** What tables and indexes took in the source. */
export function bytesNeeded(catalog: Catalog): number {
  return catalog.relations.reduce((sum, { statistics }) => sum + (statistics.totalBytes ?? 0), 0);
}

function megabytes(bytes: number): string {
  return `${Math.ceil(bytes / 1e6)} MB`;
}

function blocks(subject: RestoreDifference['subject'], detail: string): RestoreDifference {
  return { subject, severity: 'blocks', detail };
}

function differs(subject: RestoreDifference['subject'], detail: string): RestoreDifference {
  return { subject, severity: 'differs', detail };
}
