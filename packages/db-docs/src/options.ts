import type { Finding } from './finding.ts';

/** What a caller may choose about a document. The check needs the same options as the build. */
export interface DocumentOptions {
  /**
   * First heading.
   * @default 'Database schema'
   */
  readonly title?: string;
  /**
   * Command that refreshes the document, named in the comment at its top. It is printed as it is:
   * never pass one that holds a connection string.
   * @default 'tothub-db docs build'
   */
  readonly command?: string;
  /**
   * Findings to list beside the structural ones. Whatever in them changes without DDL makes the
   * check fail without DDL, too.
   * @default []
   */
  readonly findings?: readonly Finding[];
  /**
   * Schemas to leave out, for example a ledger's.
   * @default []
   */
  readonly hideSchemas?: readonly string[];
  /**
   * Also prints the database's name, the server's version and the versions of extensions, which
   * differ between servers that hold one and the same schema.
   * @default false
   */
  readonly showServer?: boolean;
}

/** Options of a build. */
export interface RenderOptions extends DocumentOptions {
  /** The document as it stands: its hand-written notes blocks are kept. */
  readonly previous?: string;
}
