/** Who owns what and who may do what, as a backup keeps it: names and texts only, fit for another server. */

/** Privileges that one role gave another on one object. */
export interface AccessGrant {
  /** Null is everybody (`PUBLIC`). */
  readonly grantee: string | null;
  readonly grantor: string;
  /** `['ALL']` where it is every privilege that the source's version knew for such an object. */
  readonly privileges: readonly string[];
  readonly grantable: boolean;
}

/** One object whose owner is not the database's, or whose privileges are not the ones it was born with. */
export interface ObjectAccess {
  /** `table`, `routine` and so on; see `readAccess`. */
  readonly kind: string;
  /** As SQL names it, quoted and qualified. */
  readonly name: string;
  /** Quoted name of the column where the privileges are on one. */
  readonly column: string | null;
  readonly owner: string;
  /** Null where they are those that such an object is born with. */
  readonly grants: readonly AccessGrant[] | null;
}

/** What `ALTER DEFAULT PRIVILEGES` says of objects that are yet to be made. */
export interface DefaultAccess {
  readonly role: string;
  /** Null holds for the whole database. */
  readonly schema: string | null;
  /** `TABLES`, `SEQUENCES`, `FUNCTIONS`, `TYPES`, `SCHEMAS` or `LARGE OBJECTS`. */
  readonly objects: string;
  readonly grants: readonly AccessGrant[];
}

/** What hangs on the database itself, and not on anything in it. */
export interface DatabaseAccess {
  readonly owner: string;
  readonly grants: readonly AccessGrant[] | null;
  readonly comment: string | null;
  /** -1 is no limit. */
  readonly connectionLimit: number;
  /** `ALTER DATABASE … SET` (role null) and `ALTER ROLE … IN DATABASE … SET`. */
  readonly settings: readonly {
    readonly role: string | null;
    readonly name: string;
    readonly value: string;
  }[];
}

/** Everything of this kind that a backup recorded. Objects that are not listed belong to the database's owner. */
export interface RecordedAccess {
  readonly database: DatabaseAccess;
  readonly objects: readonly ObjectAccess[];
  readonly defaults: readonly DefaultAccess[];
}
