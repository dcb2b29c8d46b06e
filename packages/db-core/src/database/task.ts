import type { Link } from './link.ts';

/**
 * Work for one connection of the pool. It takes the place of a statement's values; the driver hands it the connection,
 * which is lent for as long as the work lasts. It never rejects: an error that passes slonik costs the connection.
 */
export class Task {
  readonly run: (link: Link) => Promise<void>;

  constructor(run: (link: Link) => Promise<void>) {
    this.run = run;
  }
}

/** What the driver rejects with to have slonik close a connection. */
export class SpentConnection extends Error {
  constructor() {
    super('The connection is closed instead of given back to the pool.');
  }
}
