/**
 * The S3 server of the tests: fauxqs (npm, MIT), which keeps objects in files and speaks both styles of address. It checks
 * no signatures and does not list unfinished uploads; TEST_S3_ENDPOINT (with TEST_S3_BUCKET, which must be there, and the
 * usual AWS_ variables) names a server that does, and then the same tests run there (decision 0018).
 */
import { mkdtempSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { S3 } from '@aws-sdk/client-s3';
import { interceptLocalhostDns, startFauxqs } from 'fauxqs';
import { afterAll } from 'vitest';

export interface TestS3 {
  readonly endpoint: string;
  /** The same server by a name below which `bucket.` leads to it as well. */
  readonly virtualHostEndpoint: string;
  readonly bucket: string;
  /** A client of its own, which sees what is there. */
  readonly client: S3;
}

/** Starts the server, or takes the one that the environment names. The tests of one file share it. */
export async function testS3(): Promise<TestS3> {
  const { TEST_S3_ENDPOINT, TEST_S3_BUCKET = 'backups' } = process.env;
  process.env.AWS_ACCESS_KEY_ID ??= 'test';
  process.env.AWS_SECRET_ACCESS_KEY ??= 'hunter2-of-s3';
  process.env.AWS_REGION ??= 'us-east-1';
  const endpoint = TEST_S3_ENDPOINT ?? (await startServer(TEST_S3_BUCKET));
  const client = new S3({
    endpoint,
    forcePathStyle: true,
    requestChecksumCalculation: 'WHEN_REQUIRED',
  });
  afterAll(() => client.destroy());
  // Every name below localhost is this machine (RFC 6761), which not every resolver knows.
  afterAll(interceptLocalhostDns());
  const virtualHostEndpoint = endpoint.replace('127.0.0.1', 'localhost');
  return { endpoint, virtualHostEndpoint, bucket: TEST_S3_BUCKET, client };
}

async function startServer(bucket: string): Promise<string> {
  const s3StorageDir = mkdtempSync(join(tmpdir(), 'tothub-s3-'));
  const server = await startFauxqs({ port: 0, logger: false, s3StorageDir });
  server.createBucket(bucket);
  afterAll(async () => {
    await server.stop();
    await rm(s3StorageDir, { recursive: true, force: true });
  });
  return `http://127.0.0.1:${server.port}`;
}
