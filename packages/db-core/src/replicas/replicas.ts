import { type Executor, executor, type ReadDatabase } from '../database/database.ts';
import { InvalidInputError } from '../errors/query-errors.ts';
import { insertPosition, positionOf, positionToken } from './position.ts';
import { Replica, type ReplicaState } from './replica.ts';
import { ReplicaReader, type ReplicaSet } from './replica-reader.ts';

/** How fresh reads must be. */
export interface ReadOptions {
  /**
   * What `position()` gave after a write: the reads see that write.
   * @default reads see what the replica has, which may be behind the primary
   */
  readonly after?: string | undefined;
  /**
   * How long a read may wait for a replica to replay that far before it goes to the primary. In milliseconds, from 0.
   * @default 100
   */
  readonly waitMs?: number | undefined;
}

/** The replicas of a database. Reads go to them only where the caller says so, by `read`. */
export class Replicas implements ReplicaSet {
  readonly primary: Executor;
  readonly #replicas: readonly Replica[];
  readonly #any: ReadDatabase;
  #next = 0;

  constructor(primary: Executor, replicas: readonly Executor[]) {
    this.primary = primary;
    this.#replicas = replicas.map((run, index) => new Replica(index, run));
    this.#any = this.#database(replicas.length === 0 ? primary : new ReplicaReader(this, null));
  }

  inTurn(): readonly Replica[] {
    const first = this.#next;
    this.#next = (first + 1) % Math.max(1, this.#replicas.length);
    return [...this.#replicas.slice(first), ...this.#replicas.slice(0, first)];
  }

  /** @throws InvalidInputError for an `after` that is no position */
  read({ after, waitMs = 100 }: ReadOptions = {}): ReadDatabase {
    if (!(waitMs >= 0)) {
      throw new InvalidInputError('waitMs is not a time in milliseconds from 0. Set it to one.');
    }
    // Without replicas too, so that a wrong token is found before there are any.
    const position = after === undefined ? null : positionOf(after);
    if (position === null || this.#replicas.length === 0) return this.#any;
    return this.#database(new ReplicaReader(this, { after: position, waitMs }));
  }

  async position(): Promise<string> {
    return positionToken(await insertPosition(this.primary));
  }

  states(): readonly ReplicaState[] {
    return this.#replicas.map(({ state }) => state);
  }

  #database(run: Executor): ReadDatabase {
    return { access: 'read', [executor]: run };
  }
}
