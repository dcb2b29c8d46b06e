/**
 * One statement on the wire, by the extended protocol. Takes the place of the query of `pg`: it reads values by our
 * parsers, leaves out the description of what is prepared and known, and is settled only when the server is ready for
 * the next statement. PostgreSQL manual: 55.2.3, Extended Query.
 */
import type { Client, Connection } from 'pg';
import { isSameDescription } from '../query/row-shape.ts';
import { executionMessage } from './execution-message.ts';
import type { WireValue } from './parameters.ts';
import type { ValueParser } from './types/parsers.ts';

/** A column of a result as the server describes it. */
export interface Column {
  readonly name: string;
  readonly dataTypeID: number;
}

/** How the rows of a statement are read. The same object as long as the statement stays prepared. */
export interface RowReader {
  readonly columns: readonly Column[];
  readonly parsers: readonly (ValueParser | undefined)[];
  readonly emptyRow: Readonly<Record<string, null>>;
}

/** Where the wire notes how to read the rows of a statement; null until the server has described them. */
export interface RowMemory {
  reader: RowReader | null;
}

/** A statement that is to stay prepared on the connection. The wire notes here how far it has come. */
export interface PreparedStatement extends RowMemory {
  readonly name: string;
  /** Whether the server has it. */
  isPrepared: boolean;
}

/** What is sent, and how it is prepared. */
export interface WireStatement {
  readonly text: string;
  readonly values: readonly WireValue[];
  /** Null for a statement that is parsed for this once. */
  readonly prepared: PreparedStatement | null;
  /** How the rows were read the last time, for a statement that is described each time. */
  readonly memory?: RowMemory | undefined;
  /** Names of prepared statements to forget before. */
  readonly forget: readonly string[];
}

export interface WireResult {
  readonly rows: Record<string, unknown>[];
  readonly columns: readonly Column[];
  /** The tag of the command, such as `INSERT 0 1`. */
  readonly tag: string;
}

const NO_ROWS: RowReader = { columns: [], parsers: [], emptyRow: {} };

/** What a query uses of the connection of `pg`; its own type still has the methods of an older `pg`. */
interface Wire extends Pick<Connection, 'once'> {
  readonly stream: { write(bytes: Buffer): void };
}

/** A value that could not be read; the text continues the sentence "column x …". */
export class UnreadableValue extends Error {
  readonly column: string;

  constructor(column: string, cause: unknown) {
    super(cause instanceof RangeError ? cause.message : 'holds a value that could not be read');
    this.column = column;
  }
}

/** Sends a statement and gives its rows. Rejects with the error of the server, or of the connection. */
export function sendStatement(
  client: Client,
  statement: WireStatement,
  parserOf: (oid: number) => ValueParser | undefined,
): Promise<WireResult> {
  return new Promise((resolve, reject) => {
    client.query(new WireQuery(statement, parserOf, resolve, reject));
  });
}

class WireQuery {
  // `pg` sets it on every query that is submitted.
  callback: undefined;
  readonly #statement: WireStatement;
  readonly #parserOf: (oid: number) => ValueParser | undefined;
  readonly #resolve: (result: WireResult) => void;
  readonly #reject: (error: unknown) => void;
  readonly #rows: Record<string, unknown>[] = [];
  #reader: RowReader | null;
  #tag = '';
  #failure: Error | undefined;

  constructor(
    statement: WireStatement,
    parserOf: (oid: number) => ValueParser | undefined,
    resolve: (result: WireResult) => void,
    reject: (error: unknown) => void,
  ) {
    this.#statement = statement;
    this.#parserOf = parserOf;
    this.#resolve = resolve;
    this.#reject = reject;
    this.#reader = statement.prepared?.reader ?? null;
  }

  submit(connection: Connection): void {
    const { text, values, prepared, forget } = this.#statement;
    const wire = connection as unknown as Wire;
    const isNew = prepared === null || !prepared.isPrepared;
    if (prepared !== null && isNew) wire.once('parseComplete', this.#noteParsed);
    const name = prepared?.name ?? '';
    const describes = this.#reader === null;
    wire.stream.write(
      executionMessage({ forget, name, text: isNew ? text : null, values, describes }),
    );
  }

  readonly #noteParsed = (): void => {
    const { prepared } = this.#statement;
    if (prepared !== null) prepared.isPrepared = true;
  };

  handleRowDescription(message: { fields: readonly Column[] }): void {
    const columns = message.fields;
    const known = this.#statement.memory?.reader;
    if (known && isSameDescription(columns, known.columns)) {
      this.#reader = known;
      return;
    }
    const emptyRow: Record<string, null> = {};
    for (const { name } of columns) emptyRow[name] = null;
    const parsers = columns.map(({ dataTypeID }) => this.#parserOf(dataTypeID));
    this.#describe({ columns, parsers, emptyRow });
  }

  #describe(reader: RowReader): void {
    this.#reader = reader;
    const { prepared, memory } = this.#statement;
    const noted = prepared ?? memory;
    if (noted) noted.reader = reader;
  }

  handleDataRow(message: { fields: readonly (string | null)[] }): void {
    const reader = this.#reader;
    if (reader === null || this.#failure !== undefined) return;
    const { columns, parsers } = reader;
    const texts = message.fields;
    const row: Record<string, unknown> = { ...reader.emptyRow };
    let at = 0;
    try {
      for (; at < texts.length; at++) {
        const text = texts[at] as string | null;
        if (text === null) continue;
        const parser = parsers[at];
        row[(columns[at] as Column).name] = parser === undefined ? text : parser(text);
      }
    } catch (error) {
      this.#failure = new UnreadableValue((columns[at] as Column).name, error);
      return;
    }
    this.#rows.push(row);
  }

  handleCommandComplete(message: { text: string }): void {
    if (this.#reader === null) this.#describe(NO_ROWS);
    this.#tag = message.text;
  }

  handleEmptyQuery(): void {}

  handlePortalSuspended(): void {}

  handleCopyInResponse(connection: Connection & { sendCopyFail(reason: string): void }): void {
    connection.sendCopyFail('This call takes no COPY');
  }

  handleCopyData(): void {}

  handleReadyForQuery(): void {
    if (this.#failure !== undefined) this.#reject(this.#failure);
    else {
      const { columns } = this.#reader ?? NO_ROWS;
      this.#resolve({ rows: this.#rows, columns, tag: this.#tag });
    }
  }

  handleError(error: Error & { severity?: string }, connection: Connection): void {
    connection.off('parseComplete', this.#noteParsed);
    // After an error of its own the server still says that it is ready, or goes; after one of the network it is gone.
    // The word of the severity is no help: it follows the language of the server.
    if (error.severity === undefined) {
      this.#reject(error);
      return;
    }
    const settle = (): void => {
      connection.off('readyForQuery', settle);
      connection.off('end', settle);
      this.#reject(error);
    };
    connection.once('readyForQuery', settle);
    connection.once('end', settle);
  }
}
