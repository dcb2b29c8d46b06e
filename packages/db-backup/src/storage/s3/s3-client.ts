import type { S3 } from '@aws-sdk/client-s3';
import { errorCode, StorageError } from '../../errors.ts';
import type { S3Address } from './s3-address.ts';
import { explainS3Error } from './s3-errors.ts';

/** A bucket and the way to it. */
export interface S3Bucket {
  readonly client: S3;
  readonly address: S3Address;
  /** As people and messages name it. */
  readonly location: string;
  /** Runs a request and turns what it throws into an error of ours. */
  call<T>(request: (client: S3) => Promise<T>): Promise<T>;
}

/** How often one request is tried, with exponential pauses: 5xx, timeouts, resets and throttling. */
export const ATTEMPTS = 5;
const CONNECT_TIMEOUT_MS = 10_000;
/** A connection on which nothing moves for this long is given up, and the request is tried anew. */
const SILENCE_TIMEOUT_MS = 60_000;
/** Slower than this, a part is given up too. */
const SLOWEST_BYTES_PER_MS = 128;

/**
 * Makes a client. The SDK is an optional peer and loaded only here.
 *
 * @throws StorageError when the SDK is not installed
 */
export async function openBucket(address: S3Address, location: string): Promise<S3Bucket> {
  const { S3 } = await loadSdk();
  const client = new S3({
    ...(regionOf(address) !== undefined && { region: regionOf(address) as string }),
    ...(address.endpoint !== undefined && { endpoint: address.endpoint }),
    forcePathStyle: address.pathStyle,
    maxAttempts: ATTEMPTS,
    // Checksums are named where they are wanted: many servers do not know those that the SDK would add by itself.
    requestChecksumCalculation: 'WHEN_REQUIRED',
    responseChecksumValidation: 'WHEN_REQUIRED',
    requestHandler: {
      connectionTimeout: CONNECT_TIMEOUT_MS,
      requestTimeout: SILENCE_TIMEOUT_MS + address.partBytes / SLOWEST_BYTES_PER_MS,
      socketTimeout: SILENCE_TIMEOUT_MS,
      throwOnRequestTimeout: true,
    },
  });
  return {
    client,
    address,
    location,
    async call(request) {
      try {
        return await request(client);
      } catch (error) {
        throw explainS3Error(error, location);
      }
    },
  };
}

/** Servers other than Amazon's mostly take any region; one has to be named in the signature. */
function regionOf({ region, endpoint }: S3Address): string | undefined {
  const { AWS_REGION, AWS_DEFAULT_REGION } = process.env;
  return region ?? (AWS_REGION || AWS_DEFAULT_REGION || (endpoint && 'us-east-1') || undefined);
}

async function loadSdk(): Promise<typeof import('@aws-sdk/client-s3')> {
  try {
    return await import('@aws-sdk/client-s3');
  } catch (cause) {
    if (errorCode(cause) !== 'ERR_MODULE_NOT_FOUND') throw cause;
    throw new StorageError(
      'Backups in S3 need the package @aws-sdk/client-s3, which is not installed. Run npm install @aws-sdk/client-s3.',
      { cause },
    );
  }
}
