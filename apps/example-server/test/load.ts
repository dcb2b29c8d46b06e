// pnpm --filter @tothub/example-server run load [seconds] [connections]
// The same checks as in the tests, for longer, with figures: in quiet, then with connections killed all the time.
import { startPostgres } from '@tothub/db-testkit';
import { checkedLoad, type LoadResult, rightAnswers } from './checked-load.ts';
import { killConnections } from './killing.ts';
import { loadMigratedFixture } from './migrated-fixture.ts';
import { runApp } from './running-app.ts';

const [duration = 20, connections = 50] = process.argv.slice(2).map(Number);
const server = await startPostgres();
const url = await server.createDatabase('app');
await loadMigratedFixture(url);
await using app = await runApp({ connectionString: url });
const answers = await rightAnswers(app, url);

const quiet = await checkedLoad(app, answers, { duration, connections });
const killing = killConnections(url);
const troubled = await checkedLoad(app, answers, { duration, connections });
const killed = await killing.stop();
await server.stop();

function figures({ statuses, wrong, ...times }: LoadResult): object {
  return { ...times, ...statuses, wrong: wrong.length };
}
console.table({ quiet: figures(quiet), [`${killed} connections killed`]: figures(troubled) });
process.exitCode = quiet.wrong.length + troubled.wrong.length === 0 ? 0 : 1;
