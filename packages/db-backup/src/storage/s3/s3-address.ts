/**
 * Addresses of S3-compatible storage: `s3://bucket/prefix?region=…&endpoint=…&pathStyle=true&partMiB=…`. They hold no
 * secret: credentials come from where the SDK finds them (environment, profile, role of the machine).
 */
import { StorageAddressError } from '../../errors.ts';

export interface S3Address {
  readonly bucket: string;
  /** Without a slash at either end; empty for the whole bucket. */
  readonly prefix: string;
  readonly region?: string | undefined;
  /** Of a server other than Amazon's. */
  readonly endpoint?: string | undefined;
  /** True for `endpoint/bucket/key` instead of `bucket.endpoint/key`. */
  readonly pathStyle: boolean;
  readonly partBytes: number;
}

const PARAMETERS = new Set(['region', 'endpoint', 'pathStyle', 'partMiB']);
const DEFAULT_PART_MIB = 8;

/** True for an address that `parseS3Address` takes. */
export function isS3Address(text: string): boolean {
  return /^s3:\/\//i.test(text);
}

/** @throws StorageAddressError, which never shows what may be a secret */
export function parseS3Address(text: string): S3Address {
  let url: URL;
  let prefix: string;
  try {
    url = new URL(text);
    prefix = decodeURIComponent(url.pathname).replace(/^\/+|\/+$/g, '');
  } catch (cause) {
    throw new StorageAddressError('it is no URL (write % as %25, ? as %3F and # as %23)', {
      cause,
    });
  }
  if (url.username !== '' || url.password !== '') {
    throw new StorageAddressError('credentials do not belong into it');
  }
  if (!/^[A-Za-z0-9][A-Za-z0-9._-]{1,254}$/.test(url.host)) {
    throw new StorageAddressError('it names no bucket');
  }
  if (url.hash !== '') throw new StorageAddressError('it has a # in it (write %23)');
  if (/(^|\/)\.{0,2}(\/|$)/.test(prefix) && prefix !== '') {
    throw new StorageAddressError('its prefix has an empty part, or one that is "." or ".."');
  }
  for (const name of url.searchParams.keys()) {
    if (!PARAMETERS.has(name) || url.searchParams.getAll(name).length > 1) {
      throw new StorageAddressError(
        `only ${[...PARAMETERS].join(', ')} may stand behind its ?, each once`,
      );
    }
  }
  const region = url.searchParams.get('region') ?? undefined;
  if (region !== undefined && !/^[A-Za-z0-9-]+$/.test(region)) {
    throw new StorageAddressError('its region is none');
  }
  return {
    bucket: url.host,
    prefix,
    region,
    endpoint: endpointOf(url.searchParams.get('endpoint')),
    pathStyle: flagOf(url.searchParams.get('pathStyle')),
    partBytes: partBytesOf(url.searchParams.get('partMiB')),
  };
}

/** The address of something below another, with the same parameters. */
export function below(address: string, ...names: readonly string[]): string {
  const [path = '', query] = split(address);
  const joined = [path.replace(/\/+$/, ''), ...names.map(encodeURIComponent)].join('/');
  return joined + query;
}

/** The address of what a thing lies in, and its name there. */
export function parentOf(address: string): { parent: string; name: string } {
  const [path = '', query] = split(address);
  const match = /^(s3:\/\/.+?)\/+([^/]+)\/*$/i.exec(path);
  if (!match) throw new StorageAddressError('it names a bucket, not a backup in it');
  const [, parent = '', name = ''] = match;
  try {
    return { parent: parent + query, name: decodeURIComponent(name) };
  } catch (cause) {
    throw new StorageAddressError('it is no URL (write % as %25)', { cause });
  }
}

function split(address: string): [string, string] {
  const at = address.indexOf('?');
  return at < 0 ? [address, ''] : [address.slice(0, at), address.slice(at)];
}

function endpointOf(text: string | null): string | undefined {
  if (text === null) return undefined;
  let url: URL;
  try {
    url = new URL(text);
  } catch (cause) {
    throw new StorageAddressError('its endpoint is no URL', { cause });
  }
  const isPlain =
    url.username === '' && url.password === '' && url.search === '' && url.hash === '';
  if (!/^https?:$/.test(url.protocol) || !isPlain) {
    throw new StorageAddressError('its endpoint must be http(s)://host, without credentials');
  }
  return text.replace(/\/+$/, '');
}

function flagOf(text: string | null): boolean {
  if (text === null || text === 'false') return false;
  if (text === 'true') return true;
  throw new StorageAddressError('its pathStyle is neither true nor false');
}

function partBytesOf(text: string | null): number {
  const mib = text === null ? DEFAULT_PART_MIB : Number(text);
  if (!Number.isInteger(mib) || mib < 5 || mib > 512) {
    throw new StorageAddressError('its partMiB is no whole number from 5 to 512');
  }
  return mib * 1024 * 1024;
}
