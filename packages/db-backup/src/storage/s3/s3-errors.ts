import {
  BackupDamagedError,
  BackupError,
  errorCode,
  messageOf,
  StorageDeniedError,
  StorageError,
} from '../../errors.ts';

/** What is wrong, and what to do now; by the code that the server or the SDK gives. */
const CAUSES: Readonly<Record<string, readonly [what: string, hint: string]>> = {
  CredentialsProviderError: [
    'no credentials were found',
    'Set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or AWS_PROFILE, or give this machine a role.',
  ],
  InvalidAccessKeyId: ['the access key is not known there', 'Check AWS_ACCESS_KEY_ID.'],
  SignatureDoesNotMatch: [
    'the signature does not fit the secret key',
    'Check AWS_SECRET_ACCESS_KEY, and that no proxy changes requests.',
  ],
  ExpiredToken: ['the credentials have expired', 'Log in again.'],
  InvalidToken: ['the session token is not valid', 'Log in again.'],
  AccessDenied: [
    'access was denied',
    'Allow s3:ListBucket, s3:GetObject, s3:PutObject, s3:DeleteObject, s3:AbortMultipartUpload and s3:ListBucketMultipartUploads on bucket and prefix.',
  ],
  NoSuchBucket: ['there is no such bucket', 'Check its name, or make it.'],
  RequestTimeTooSkewed: [
    'the clock of this machine differs too much from that of the server',
    'Set the clock (NTP).',
  ],
  PermanentRedirect: ['the bucket is in another region', 'Name it: ?region=…'],
  AuthorizationHeaderMalformed: ['the bucket is in another region', 'Name it: ?region=…'],
  IllegalLocationConstraintException: ['the bucket is in another region', 'Name it: ?region=…'],
  BadDigest: ['what arrived is not what was sent', 'Look for a faulty network, and run again.'],
  XAmzContentChecksumMismatch: [
    'what arrived is not what was sent',
    'Look for a faulty network, and run again.',
  ],
  NotImplemented: [
    'the server does not know this request',
    'Use a server that speaks more of the protocol of S3.',
  ],
  ENOTFOUND: ['the server could not be found', 'Check ?endpoint= and ?pathStyle=, and DNS.'],
  ECONNREFUSED: ['the server refused the connection', 'Check ?endpoint= and that it is running.'],
};

const BY_STATUS: Readonly<Record<number, string>> = {
  301: 'PermanentRedirect',
  401: 'AccessDenied',
  403: 'AccessDenied',
  501: 'NotImplemented',
};

/** Code of an error of the SDK or of the network. */
export function s3ErrorName(error: unknown): string {
  const name = error instanceof Error ? error.name : '';
  if (name in CAUSES) return name;
  return errorCode(error) ?? BY_STATUS[s3Status(error) ?? 0] ?? name;
}

/** Status of the answer that an error stands for. */
export function s3Status(error: unknown): number | undefined {
  return (error as { $metadata?: { httpStatusCode?: number } } | null)?.$metadata?.httpStatusCode;
}

/**
 * Turns an error of the SDK into one that says what to do. Its own error is not kept as the cause: answers quote access
 * keys and signed requests.
 */
export function explainS3Error(error: unknown, location: string): unknown {
  if (error instanceof BackupError || (error as Error | null)?.name === 'AbortError') return error;
  const name = s3ErrorName(error);
  const status = s3Status(error);
  if (name === 'NoSuchKey' || status === 412) {
    return new BackupDamagedError(
      `${location}: a file is ${status === 412 ? 'replaced while it is read' : 'missing'}. Use another backup.`,
    );
  }
  const [what, hint] = CAUSES[name] ?? [
    status === undefined
      ? `the connection failed (${name}: ${messageOf(error).slice(0, 200)})`
      : `the server answered ${status} (${name})`,
    'Try again; if it stays so, look at the server.',
  ];
  if (name === 'Error' && /^Region is missing/.test(messageOf(error))) {
    return new StorageError(`${location}: no region is named. Add ?region=…, or set AWS_REGION.`);
  }
  const Kind = name === 'AccessDenied' ? StorageDeniedError : StorageError;
  return new Kind(`${location}: ${what}. ${hint}`, {
    isRetryable: !(name in CAUSES) || name.startsWith('E'),
    cause: new Error(`${name}${status === undefined ? '' : ` (HTTP ${status})`}`),
  });
}
