/**
 * What this package throws of its own. Errors of the driver (no connection, no permission, lock timeout)
 * pass through unchanged, so that their SQLSTATE stays readable.
 */

/** Base class of every error of this package. */
export abstract class CatalogError extends Error {
  /** Constant of each subclass, for example `TOTHUB_CATALOG_FORMAT`. */
  abstract readonly code: string;
  /** True when the same call may succeed later without any change. */
  readonly isRetryable: boolean = false;

  constructor(message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = new.target.name;
  }
}

/** Thrown for text that is not a catalog of this format version. */
export class CatalogFormatError extends CatalogError {
  readonly code = 'TOTHUB_CATALOG_FORMAT';
}

/** Thrown for a name or text that PostgreSQL cannot hold. */
export class UnquotableTextError extends CatalogError {
  readonly code = 'TOTHUB_CATALOG_UNQUOTABLE';
}

/** Thrown by a server older than PostgreSQL 15. */
export class UnsupportedServerError extends CatalogError {
  readonly code = 'TOTHUB_CATALOG_SERVER';
}
