/** Parse and Describe: what a statement takes and gives, as the server sees it, without executing it. */
import type { Client, Connection, FieldDef, Submittable } from 'pg';

/** Parameters and columns of a statement. */
export interface StatementDescription {
  /** OIDs of the types of `$1`, `$2`, … */
  readonly parameters: readonly number[];
  readonly columns: readonly DescribedColumn[];
}

/** A column of the result. */
export interface DescribedColumn {
  readonly name: string;
  /** OID of its type. */
  readonly type: number;
  /** OID of the table and number of the column it is read from; 0 for an expression. */
  readonly table: number;
  readonly attribute: number;
}

/**
 * Has the server parse and describe a statement. PostgreSQL manual, chapter 55.2.3 (Extended Query).
 * @throws the server's error for a statement that it refuses
 */
export function describe(client: Client, text: string): Promise<StatementDescription> {
  return new Promise((resolve, reject) => {
    client.query(new Description(text, resolve, reject));
  });
}

class Description implements Submittable {
  readonly #text: string;
  readonly #resolve: (description: StatementDescription) => void;
  readonly #reject: (error: Error) => void;
  #parameters: readonly number[] = [];
  #columns: readonly DescribedColumn[] = [];
  #forget: () => void = () => {};

  constructor(
    text: string,
    resolve: (description: StatementDescription) => void,
    reject: (error: Error) => void,
  ) {
    this.#text = text;
    this.#resolve = resolve;
    this.#reject = reject;
  }

  submit(connection: Connection): void {
    const listen = ({ dataTypeIDs }: { dataTypeIDs: readonly number[] }): void => {
      this.#parameters = dataTypeIDs;
    };
    connection.once('parameterDescription', listen);
    this.#forget = () => connection.off('parameterDescription', listen);
    connection.parse({ name: '', text: this.#text, types: [] }, true);
    connection.describe({ type: 'S', name: '' }, true);
    connection.sync();
  }

  handleRowDescription({ fields }: { fields: readonly FieldDef[] }): void {
    this.#columns = fields.map((field) => ({
      name: field.name,
      type: field.dataTypeID,
      table: field.tableID,
      attribute: field.columnID,
    }));
  }

  handleReadyForQuery(): void {
    this.#forget();
    this.#resolve({ parameters: this.#parameters, columns: this.#columns });
  }

  handleError(error: Error): void {
    this.#forget();
    this.#reject(error);
  }
}
