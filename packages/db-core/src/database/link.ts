/** One connection to the server: statements in, rows or errors out. Knows nothing of pools. */
import type { Client } from 'pg';
import { translateError } from '../errors/translate-error.ts';
import { UnexpectedResultError } from '../errors.ts';
import type { Statement, StatementResult } from '../query/statement.ts';
import { toWire, type WireValue } from './parameters.ts';
import { PreparedStatements } from './prepared-statements.ts';
import type { CommandResult, TransactionStatus } from './session.ts';
import type { ValueParser } from './types/parsers.ts';
import { sendStatement, UnreadableValue, type WireResult } from './wire-query.ts';

export interface LinkOptions {
  readonly parserOf: (oid: number) => ValueParser | undefined;
  /** Statements that may be prepared by name at once; 0 for none, behind a pooler. */
  readonly preparedLimit: number;
}

const UNNAMED = { prepared: null, forget: [] };
const INVALID_STATEMENT_NAME = '26000';
const DUPLICATE_STATEMENT = '42P05';

export class Link {
  readonly client: Client;
  readonly #parserOf: (oid: number) => ValueParser | undefined;
  #prepared: PreparedStatements | null;
  #isLost = false;

  constructor(client: Client, { parserOf, preparedLimit }: LinkOptions) {
    this.client = client;
    this.#parserOf = parserOf;
    this.#prepared = preparedLimit > 0 ? new PreparedStatements(preparedLimit) : null;
    client.on('error', () => {
      this.#isLost = true;
    });
  }

  /** Whether the connection is gone, or of unknown state, and must not be used again. */
  get isLost(): boolean {
    return this.#isLost;
  }

  discard(): void {
    this.#isLost = true;
  }

  close(): Promise<void> {
    return this.client.end();
  }

  get transactionStatus(): TransactionStatus {
    const status = this.client.getTransactionStatus();
    return status === 'T' ? 'open' : status === 'E' ? 'failed' : 'idle';
  }

  /**
   * Sends a statement and checks its answer.
   * @throws DatabaseError as the server's error translates, UnexpectedResultError, InvalidInputError
   */
  async execute(statement: Statement): Promise<StatementResult> {
    const { name, shape } = statement;
    const { rows, columns, tag } = await this.#answer(statement);
    if (shape !== null) {
      shape.assertColumns(name, columns);
      shape.assertRows(name, rows);
    }
    return { rows, rowCount: rowCountOf(tag) };
  }

  /**
   * Sends a command without values or rows, which is not worth preparing.
   * @throws DatabaseError as the server's error translates
   */
  async command(sql: string): Promise<CommandResult> {
    try {
      const wire = { text: sql, values: [], ...UNNAMED };
      const { tag } = await sendStatement(this.client, wire, this.#parserOf);
      return { command: tag };
    } catch (error) {
      throw this.#translated(error, { name: sql, text: sql, access: 'write' });
    }
  }

  async #answer(statement: Statement): Promise<WireResult> {
    const values = toWire(statement.name, statement.values);
    const isAlone = this.transactionStatus === 'idle';
    try {
      return await this.#send(statement, values);
    } catch (error) {
      // The server refused before it ran anything: the statement it had prepared is gone, or its rows have changed.
      if (isAlone && (isForeignState(error) || isOutdated(error))) {
        try {
          return await this.#send(statement, values);
        } catch (again) {
          throw this.#translated(again, statement);
        }
      }
      throw this.#translated(error, statement);
    }
  }

  async #send({ name, text }: Statement, values: readonly WireValue[]): Promise<WireResult> {
    const { prepared, forget } = this.#prepared?.take(name, text) ?? UNNAMED;
    try {
      return await sendStatement(this.client, { text, values, prepared, forget }, this.#parserOf);
    } catch (error) {
      if (isForeignState(error)) this.#prepared = null;
      else if (isOutdated(error)) this.#prepared?.drop(text);
      throw error;
    }
  }

  #translated(
    error: unknown,
    { name, text, access }: Pick<Statement, 'name' | 'text' | 'access'>,
  ): Error {
    if (error instanceof UnreadableValue) {
      return new UnexpectedResultError(`${name}: column ${error.column} ${error.message}.`);
    }
    const severity = (error as { severity?: string } | null)?.severity;
    if (severity !== 'ERROR') this.#isLost = true;
    return translateError(error, {
      query: name,
      text,
      lost: access === 'read' ? 'nothing' : 'unknown',
    });
  }
}

function codeOf(error: unknown): string | undefined {
  return (error as { code?: string } | null)?.code;
}

/** Somebody else deallocates or prepares on this connection, such as a pooler that nobody told us of. */
function isForeignState(error: unknown): boolean {
  const code = codeOf(error);
  return code === INVALID_STATEMENT_NAME || code === DUPLICATE_STATEMENT;
}

/** The rows of a prepared statement have changed. 0A000 has many causes; only the routine tells this one. */
function isOutdated(error: unknown): boolean {
  const { code, routine } = error as { code?: string; routine?: string };
  return code === '0A000' && routine === 'RevalidateCachedQuery';
}

/** The number at the end of `INSERT 0 1`, `SELECT 3`; 0 where there is none, as in `BEGIN`. */
function rowCountOf(tag: string): number {
  const count = Number(tag.slice(tag.lastIndexOf(' ') + 1));
  return Number.isInteger(count) ? count : 0;
}
