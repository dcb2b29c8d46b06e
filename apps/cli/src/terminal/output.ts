/**
 * What a command says and where: prose and progress on stderr, the result on stdout (as text, or as one JSON
 * document with `--json`). Colour only on a terminal that wants it.
 */
import { stripVTControlCharacters, styleText } from 'node:util';

type Style = 'bold' | 'dim' | 'green' | 'red' | 'yellow' | 'cyan';

export interface Output {
  readonly json: boolean;
  readonly interactive: boolean;
  /** One line of prose. */
  say(line: string): void;
  /** A named step begins; returns how to follow and end it. */
  step(name: string): StepOutput;
  /** The result: `text` for people, `value` for programs. */
  result(value: unknown, text: () => string): void;
  paint(style: Style, text: string): string;
}

export interface StepOutput {
  /** What is happening now; a live line on a terminal, kept quiet elsewhere. */
  progress(detail: string): void;
  /** A line that stays. */
  note(detail: string): void;
  end(status: 'done' | 'skipped' | 'failed', detail: string): void;
}

const marks = { done: '✓', skipped: '–', failed: '✗' } as const;
const markStyles = { done: 'green', skipped: 'dim', failed: 'red' } as const;

/** Writes to the process's own streams. */
export function createOutput(options: { json: boolean }): Output {
  const { stdout, stderr } = process;
  const interactive = stderr.isTTY === true && process.env.TERM !== 'dumb';
  const colour = interactive && !process.env.NO_COLOR;
  const paint = (style: Style, text: string): string =>
    colour ? styleText(style, text, { validateStream: false }) : text;
  const line = (text: string): void => void stderr.write(`${text}\n`);
  return {
    json: options.json,
    interactive,
    say: line,
    paint,
    step(name) {
      const began = performance.now();
      const label = name.padEnd(20);
      const live = (detail: string): void => {
        const room = Math.max(20, (stderr.columns ?? 80) - 4);
        const text = `${label} ${detail}`.replace(/\s+/g, ' ').slice(0, room);
        stderr.write(`\r\x1b[2K${paint('cyan', '…')} ${text}`);
      };
      if (interactive) live('');
      else line(`… ${name}`);
      return {
        progress: (detail) => {
          if (interactive) live(detail);
        },
        note: (detail) => {
          if (interactive) stderr.write('\r\x1b[2K');
          line(`  ${paint('dim', detail)}`);
        },
        end: (status, detail) => {
          if (interactive) stderr.write('\r\x1b[2K');
          const seconds = ((performance.now() - began) / 1000).toFixed(1);
          const took = status === 'done' ? paint('dim', ` (${seconds} s)`) : '';
          line(`${paint(markStyles[status], marks[status])} ${label} ${detail}${took}`.trimEnd());
        },
      };
    },
    result: (value, text) => {
      if (options.json) stdout.write(`${JSON.stringify(value, null, 2)}\n`);
      else {
        const shown = text();
        if (shown !== '')
          stdout.write(`${stdout.isTTY && colour ? shown : stripVTControlCharacters(shown)}\n`);
      }
    },
  };
}
