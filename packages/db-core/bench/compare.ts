/**
 * db-core beside pg, slonik, kysely, drizzle and postgres.js on one PostgreSQL, in one run:
 * `pnpm --filter @tothub/db-core bench`. With `--write` the tables go into docs/benchmarks.md; `--quick` only shows
 * that everything runs.
 */
import { availableParallelism } from 'node:os';
import { parseArgs } from 'node:util';
import {
  type Contender,
  type Measured,
  type MeasureOptions,
  measure,
  scenarioTable,
  startPostgres,
  writeSection,
} from '@tothub/db-testkit';
import pg from 'pg';
import { openDbCore, openDbCoreUnnamed } from './libraries/db-core.ts';
import { openDrizzle } from './libraries/drizzle.ts';
import { openKysely } from './libraries/kysely.ts';
import { openPg, openPgClient, openPgNamed } from './libraries/pg.ts';
import { openPostgresJs } from './libraries/postgres-js.ts';
import { openSlonik } from './libraries/slonik.ts';
import { type Entry, expectError, type Library, type OpenLibrary } from './library.ts';
import { loadSchema, ROW_COUNT } from './schema.ts';

const { values: flags } = parseArgs({
  options: { write: { type: 'boolean' }, quick: { type: 'boolean' } },
});

const LIBRARIES: readonly OpenLibrary[] = [
  openPg,
  openPgNamed,
  openDbCore,
  openDbCoreUnnamed,
  openSlonik,
  openKysely,
  openDrizzle,
  openPostgresJs,
];
const ENTRIES: Entry[] = Array.from({ length: 10_000 }, (_, n) => ({
  id: n,
  label: `Entry number ${n}`,
  amount: n * 7,
  notedAt: new Date(1_700_000_000_000 + n * 1000),
}));

interface Scenario {
  readonly title: string;
  readonly rounds: number;
  readonly sliceMs: number;
  readonly poolSizes: readonly number[];
  work(library: Library): () => Promise<unknown>;
  readonly empties?: boolean;
}

const anyId = () => Math.floor(Math.random() * ROW_COUNT) + 1;
const scenarios: readonly Scenario[] = [
  {
    title: 'One row by key',
    rounds: 40,
    sliceMs: 50,
    poolSizes: [1, 10],
    work: (library) => () => library.byKey(anyId()),
  },
  {
    title: '1,000 rows of 12 columns',
    rounds: 30,
    sliceMs: 80,
    poolSizes: [1, 10],
    work: (library) => () => library.thousand(),
  },
  {
    title: 'A joined page of 50',
    rounds: 30,
    sliceMs: 50,
    poolSizes: [1, 10],
    work: (library) => () => library.page({ title: `Title of book ${anyId()}`, id: 0 }),
  },
  {
    title: '10,000 rows inserted',
    rounds: 15,
    sliceMs: 1,
    poolSizes: [1, 10],
    work: (library) => () => library.insert(ENTRIES),
    empties: true,
  },
  {
    title: 'A query that fails',
    rounds: 30,
    sliceMs: 50,
    poolSizes: [1, 10],
    work: (library) => () => library.fail(),
  },
];

const server = await startPostgres();
const url = await server.createDatabase('bench');
await loadSchema(url);
const admin = new pg.Client({ connectionString: url });
await admin.connect();

const options = ({ rounds, sliceMs }: Scenario, concurrency: number): MeasureOptions => ({
  rounds: flags.quick ? 2 : rounds,
  sliceMs: flags.quick ? 1 : sliceMs,
  concurrency,
});
const sections: string[] = [];
for (const scenario of scenarios) {
  for (const poolSize of scenario.poolSizes) {
    const libraries = await Promise.all(LIBRARIES.map((open) => open(url, poolSize)));
    const contenders = libraries.map((library): Contender => {
      const run = scenario.work(library);
      if (!scenario.empties) return { name: library.name, run };
      return { name: library.name, run, prepare: () => admin.query('TRUNCATE entry') };
    });
    const measured = await measure(
      contenders as [Contender, ...Contender[]],
      options(scenario, poolSize),
    );
    sections.push(scenarioTable(`${scenario.title}, pool of ${poolSize}`, measured));
    console.log(`\n${sections.at(-1)}`);
    await Promise.all(libraries.map((library) => library.close()));
  }
}

// What an error costs is a question to each library alone: what fails beside the same that succeeds.
const failures = [
  {
    title: 'A read that divides by zero, as a ratio to the same read that does not',
    succeed: (library: Library) => library.divide(1),
    fail: (library: Library) => expectError(library.divide(0)),
  },
  {
    title: 'An insert that violates a key, as a ratio to the same with ON CONFLICT DO NOTHING',
    succeed: (library: Library) => library.skip(),
    fail: (library: Library) => library.fail(),
  },
];
for (const { title, succeed, fail } of failures) {
  const measured: Measured[] = [];
  for (const open of [openPgClient, ...LIBRARIES]) {
    const library = await open(url, 1);
    const [, failing] = await measure(
      [
        { name: 'succeed', run: () => succeed(library) },
        { name: library.name, run: () => fail(library) },
      ],
      { rounds: flags.quick ? 2 : 30, sliceMs: flags.quick ? 1 : 40, concurrency: 1 },
    );
    if (failing !== undefined) measured.push(failing);
    await library.close();
  }
  sections.push(scenarioTable(title, measured));
  console.log(`\n${sections.at(-1)}`);
}

await admin.end();
await server.stop();
if (flags.write) {
  const machine = `PostgreSQL ${server.binaries.version}, Node.js ${process.version}, ${availableParallelism()} cores, server and client on the same machine.`;
  await writeSection('db-core', [machine, ...sections].join('\n\n'));
}
