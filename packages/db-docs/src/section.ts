/** Turns a displayed path into a link to the section about it, or into plain code where there is none. */
export type Link = (target: string, text?: string) => string;

/** A heading and what stands below it. The lines come last, when every anchor of the document is known. */
export interface Section {
  readonly level: 2 | 3;
  /** Plain text of the heading. */
  readonly title: string;
  /** Set for the section of one object, whose heading is its name: what links to it, and what notes belong to. */
  readonly object?: string;
  readonly lines: (link: Link) => readonly string[];
}
