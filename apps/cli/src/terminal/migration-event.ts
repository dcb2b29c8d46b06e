import type { MigrateEvent } from '@tothub/db-migrate';

type Blockers = Extract<MigrateEvent, { type: 'lock-wait' }>['blockers'];

function describeBlockers(blockers: Blockers): string {
  return blockers
    .map(({ pid, applicationName, state, transactionAgeMs }) => {
      const age = transactionAgeMs === null ? '' : `, for ${Math.round(transactionAgeMs / 1000)} s`;
      return `${pid} (${applicationName || 'unnamed'}, ${state ?? 'state unknown'}${age})`;
    })
    .join(', ');
}

/** One line for people; null for what only programs follow. */
export function describeMigrationEvent(event: MigrateEvent): string | null {
  switch (event.type) {
    case 'runner-waiting':
      return 'another runner is at work; waiting for it';
    case 'lease-taken-over':
      return `took over from a runner that ended without a word (process ${event.from.processId ?? 'unknown'})`;
    case 'migration-started':
      return event.resumedAt === null
        ? `${event.version} ${event.name}`
        : `${event.version} ${event.name}, going on at statement ${event.resumedAt}`;
    case 'statement':
      return null;
    case 'statement-repeated':
      return `${event.version}: statement ${event.statement} (line ${event.line}) runs again`;
    case 'lock-wait':
      return `${event.version} waits for ${describeBlockers(event.blockers) || 'a lock'}${
        event.retryInMs === null ? '' : `; tries again in ${event.retryInMs} ms`
      }`;
    case 'index-building-elsewhere':
      return `${event.index} is being built by process ${event.pids.join(', ')}; waiting`;
    case 'index-invalid-replaced':
      return `${event.index} was left invalid by an earlier build; building it anew`;
    case 'index-unchanged':
      return null;
    case 'migration-finished':
      return null;
    case 'migration-failed':
      return `${event.version} ${event.name} failed`;
  }
}

/** Whether the line should stay to be read, and not be written over by the next. */
export function isWorthKeeping(event: MigrateEvent): boolean {
  return event.type !== 'migration-started' && describeMigrationEvent(event) !== null;
}
