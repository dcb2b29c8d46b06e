/**
 * A systemd of one's own: the real one, as the first process of new namespaces, with nothing to start but the units it is
 * given. It shares network and files with this machine, and leaves when its process is ended.
 */
import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

const SYSTEMD = '/lib/systemd/systemd';
const NOBODY = 65_534;

/** Of what it insists on before it starts anything; here they stand for nothing. */
const EMPTY_TARGETS = ['sysinit', 'basic', 'shutdown', 'network-online', 'timers', 'time-set', 'time-sync']; // biome-ignore format: one list

/** Namespaces, the mounts in them, and a hierarchy of control groups that nobody else uses. */
const PREPARE = `
set -e
mount --make-rprivate /
mount -t tmpfs tmpfs /run
mount -t tmpfs tmpfs /var/lib/systemd
mkdir -p /var/lib/systemd/timers
touch -d 2020-01-01 /var/lib/systemd/timers/stamp-tothub-backup.timer
mkdir -p /var/lib/private
mount --bind "$FOLDER/private" /var/lib/private
umount -R /sys/fs/cgroup
mount -t tmpfs tmpfs /sys/fs/cgroup
mkdir /sys/fs/cgroup/systemd
mount -t cgroup -o none,name=systemd cgroup /sys/fs/cgroup/systemd
# Credentials are mounted for a service alone, and have to reach it.
mount --make-rshared /
exec ${SYSTEMD} --system --unit=start.target
`;

const NAMESPACES = ['--mount', '--pid', '--fork', '--kill-child', '--mount-proc', '--cgroup', '--ipc', '--uts']; // biome-ignore format: one list

/**
 * True where it can run: as root, on Linux, with systemd installed and namespaces allowed, and where a user of a service
 * can read these paths.
 */
export function canRunSystemd(...paths: readonly string[]): boolean {
  if (process.getuid?.() !== 0 || !existsSync(SYSTEMD)) return false;
  const isReadable = (path: string): boolean =>
    // What ProtectHome= hides.
    !/^\/(root|home|run\/user)\//.test(path) &&
    spawnSync('test', ['-r', path], { uid: NOBODY, gid: NOBODY, cwd: '/' }).status === 0;
  if (!paths.every(isReadable)) return false;
  const trial = `umount -R /sys/fs/cgroup; mount -t tmpfs tmpfs /sys/fs/cgroup && mkdir /sys/fs/cgroup/systemd && mount -t cgroup -o none,name=systemd cgroup /sys/fs/cgroup/systemd`;
  return spawnSync('unshare', [...NAMESPACES, 'sh', '-c', trial]).status === 0;
}

/** Starts it on the units in `folder/units`, of which it starts `unit`; services keep their state in `folder/private`. */
export function startSystemd(folder: string, unit: string): ChildProcess {
  const units = join(folder, 'units');
  mkdirSync(join(folder, 'private'), { mode: 0o700 });
  for (const name of EMPTY_TARGETS) {
    writeFileSync(join(units, `${name}.target`), '[Unit]\nDefaultDependencies=no\n');
  }
  writeFileSync(
    join(units, 'start.target'),
    `[Unit]\nDefaultDependencies=no\nRequires=${unit}\nAfter=${unit}\n`,
  );
  return spawn('unshare', [...NAMESPACES, 'sh', '-c', PREPARE], {
    stdio: 'ignore',
    env: {
      PATH: process.env.PATH,
      FOLDER: folder,
      SYSTEMD_UNIT_PATH: units,
      container: 'test',
    },
  });
}
