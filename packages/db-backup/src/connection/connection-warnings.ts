import { parseConnectionString } from './connection-string.ts';
import { directAddress } from './direct-address.ts';

/**
 * What people should know about an address that is used although it is not what it should be: a pooled one is
 * exchanged for the direct one.
 *
 * @throws ConnectionStringError
 * @example
 * ```ts
 * connectionWarnings('postgresql://me@ep-cool-1-pooler.eu-central-1.aws.neon.tech/app');
 * // ['ep-cool-1-pooler.… is a transaction pooler, which cannot hold a snapshot; ep-cool-1.… is used instead. …']
 * ```
 */
export function connectionWarnings(connectionString: string): string[] {
  const { host } = parseConnectionString(connectionString);
  if (directAddress(connectionString) === connectionString) return [];
  const [label = '', ...rest] = host.split('.');
  const pooled = [`${label}-pooler`, ...rest].join('.');
  return [
    `${pooled} is a transaction pooler, which cannot hold a snapshot; ${host} is used instead. Give the direct address to have peace.`,
  ];
}
