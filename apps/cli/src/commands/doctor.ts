import { describeEngines } from '@tothub/db-backup';
import { assertDirectConnection } from '@tothub/db-migrate';
import { action, type CommonOptions, projectCommand } from '../command.ts';
import { withSession } from '../database/connect.ts';
import { maskUrl } from '../database/connection-url.ts';
import { CliError, exitCode } from '../exit.ts';
import { faultText } from '../fault-text.ts';
import { readPrivileges } from '../project/assert-privileges.ts';
import { assertOurs, assessDatabase } from '../project/assess-database.ts';
import { keyFilePath, openKeyRing } from '../project/keys.ts';
import { loadProject } from '../project/load-project.ts';

interface Line {
  readonly name: string;
  readonly ok: boolean;
  readonly detail: string;
}

/** Runs one look; a failure is its answer. */
async function look(name: string, how: () => Promise<string>): Promise<Line> {
  try {
    return { name, ok: true, detail: await how() };
  } catch (error) {
    if (error instanceof CliError && error.exitCode === exitCode.unreachable) throw error;
    return { name, ok: false, detail: faultText(error) };
  }
}

export const doctorCommand = projectCommand('doctor', 'what this machine and this database can do')
  .option('--keys <file>', 'key file (or TOTHUB_KEYS_FILE)')
  .action(
    action<[], CommonOptions & { keys?: string }>(async ({ output, url }, options) => {
      const connectionString = url();
      output.say(maskUrl(connectionString));
      const lines: Line[] = [
        { name: 'Node.js', ok: true, detail: process.version },
        await look('server', () =>
          withSession(connectionString, async (client) => {
            const { rows } = await client.query(
              "SELECT current_setting('server_version') AS version, current_user AS role",
            );
            return `PostgreSQL ${rows[0].version}, as ${rows[0].role}`;
          }),
        ),
        await look('direct connection', () =>
          withSession(connectionString, async (client) => {
            await assertDirectConnection(client, connectionString);
            return 'every statement has the same session';
          }),
        ),
        ...(await readPrivileges(connectionString)).map(({ name, held, detail }) => ({
          name,
          ok: held,
          detail,
        })),
        await look('backup engine', async () => {
          const { chosen, candidates } = await describeEngines({ connectionString });
          if (!chosen) throw new Error(candidates.map(({ reason }) => reason).join('; '));
          return `${chosen.engine} pg_dump ${chosen.version}: ${chosen.reason}`;
        }),
        await look('key file', async () => {
          const path = keyFilePath(options.keys);
          if (path === undefined) return 'none named; secrets would stay as they are';
          await openKeyRing(path, true);
          return path;
        }),
        await look('database', async () => {
          const project = await loadProject(options.config);
          const assessment = await assessDatabase(connectionString, project);
          if (assessment.state === 'empty') return 'empty; tothub-db migrate up builds the schema';
          assertOurs(assessment, project);
          return assessment.state === 'managed'
            ? 'migrated by this tool'
            : `the legacy schema of ${project.name}, and ${assessment.additions.length} things more`;
        }),
      ];
      const ok = lines.every((line) => line.ok);
      output.result({ ok, checks: lines }, () =>
        lines
          .map((line) => {
            const mark = line.ok ? output.paint('green', '✓') : output.paint('red', '✗');
            return `${mark} ${line.name.padEnd(20)} ${line.detail}`;
          })
          .join('\n'),
      );
      return ok ? exitCode.done : exitCode.refused;
    }),
  );
