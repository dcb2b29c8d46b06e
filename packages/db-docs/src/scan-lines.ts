/** One line of a generated document, and what it lies in. */
export interface ScannedLine {
  readonly text: string;
  /** 1-based. */
  readonly number: number;
  readonly place: 'body' | 'fence' | 'notes start' | 'notes' | 'notes end';
  /** Key of the notes block, for the three notes places. */
  readonly notes?: string;
}

const open = /^<!-- notes: (.+) -->$/;
const close = '<!-- /notes -->';

/** Walks a generated document, so that nobody mistakes a line of SQL or of a note for structure. */
export function* scanLines(markdown: string): Generator<ScannedLine> {
  let fence = '';
  let notes: string | undefined;
  let number = 0;
  for (const line of markdown.split(/\r\n|\r|\n/)) {
    number++;
    const text = line.trimEnd();
    const opened: string | undefined = fence ? undefined : text.match(open)?.[1];
    if (opened !== undefined) {
      // Also inside notes, where it shows that the block before was never closed.
      notes = opened;
      yield { text, number, place: 'notes start', notes };
    } else if (notes !== undefined) {
      const place = text === close ? 'notes end' : 'notes';
      yield { text: place === 'notes' ? line : text, number, place, notes };
      if (place === 'notes end') notes = undefined;
    } else if (fence) {
      yield { text, number, place: 'fence' };
      if (/^`{3,}$/.test(text) && text.length >= fence.length) fence = '';
    } else if (/^`{3,}/.test(text)) {
      fence = text.match(/^`+/)?.[0] ?? '';
      yield { text, number, place: 'fence' };
    } else {
      yield { text, number, place: 'body' };
    }
  }
}
