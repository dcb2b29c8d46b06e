import { UnclosedNotesError } from './errors.ts';
import { scanLines } from './scan-lines.ts';

/**
 * Hand-written notes live between two comments and are carried from the earlier document to the next one:
 * the rest of a generated file is not safe to write in. A note whose object is gone is kept at the end.
 */
export type Notes = Map<string, readonly string[]>;

/** Key of an object's notes; a comment cannot hold `--` or `>`. */
export function notesKey(path: string): string {
  return path.replace(/[%>]|--/g, (text) => encodeURIComponent(text).replaceAll('-', '%2D'));
}

/**
 * Reads the notes blocks of an earlier document that hold any line.
 * @throws UnclosedNotesError when a block has no end.
 */
export function readNotes(markdown: string): Notes {
  const notes: Notes = new Map();
  let opened: { key: string; line: number; lines: string[] } | undefined;
  for (const { text, number, place, notes: key = '' } of scanLines(markdown)) {
    if (place === 'notes start') {
      if (opened) throw new UnclosedNotesError(opened.key, opened.line);
      opened = { key, line: number, lines: [] };
    } else if (place === 'notes') opened?.lines.push(text);
    else if (place === 'notes end' && opened) {
      if (opened.lines.length > 0) {
        notes.set(opened.key, [...(notes.get(opened.key) ?? []), ...opened.lines]);
      }
      opened = undefined;
    }
  }
  if (opened) throw new UnclosedNotesError(opened.key, opened.line);
  return notes;
}

/** A notes block as it stands in the document, empty where nobody wrote anything. */
export function notesBlock(key: string, lines: readonly string[] = []): readonly string[] {
  return [`<!-- notes: ${key} -->`, ...lines, '<!-- /notes -->', ''];
}

/** Headings inside a note, which take part in the numbering of anchors. */
export function noteHeadings(lines: readonly string[] = []): readonly string[] {
  return lines.flatMap((line) => line.match(/^ {0,3}#{1,6} +(.*?)(?: +#+)?\s*$/)?.[1] ?? []);
}
