import type { TestProject } from 'vitest/node';
import type { PostgresServer } from './serve-cluster.ts';
import { startPostgres } from './server.ts';
import { skippedTests } from './skipped-tests.ts';

/** The server of a test run, as tests see it. */
export interface TestCluster {
  /** URL of database `postgres`, as superuser. */
  readonly adminUrl: string;
  /** The empty database that test databases are copied from. */
  readonly template: string;
  readonly major: number;
}

declare module 'vitest' {
  interface ProvidedContext {
    pgtest: TestCluster;
  }
}

interface Shared {
  users: number;
  server: Promise<PostgresServer>;
}

const KEY = Symbol.for('@tothub/db-testkit/shared-server');
const TEMPLATE = 'pgtest_template';

async function boot(): Promise<PostgresServer> {
  const major = process.env.PGTEST_MAJOR;
  const server = await startPostgres({
    ...(major ? { major: Number(major) } : {}),
    onNotice: (message) => process.stderr.write(`${message}\n`),
  });
  await server.createDatabase(TEMPLATE);
  return server;
}

/**
 * Vitest globalSetup: one server for the whole run, however many projects name this file. At its end it names what was
 * skipped.
 */
export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  const holder = globalThis as { [KEY]?: Shared };
  if (!holder[KEY]) holder[KEY] = { users: 0, server: boot() };
  const shared = holder[KEY];
  shared.users++;
  const server = await shared.server;
  project.provide('pgtest', {
    adminUrl: server.url(),
    template: TEMPLATE,
    major: server.binaries.major,
  });
  return async () => {
    if (--shared.users > 0) return;
    delete holder[KEY];
    const skipped = skippedTests(project.vitest).map((line) => `  ${line}\n`);
    if (skipped.length > 0) process.stderr.write(`Skipped:\n${skipped.join('')}`);
    await server.stop();
  };
}
