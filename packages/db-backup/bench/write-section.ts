import { readFile, writeFile } from 'node:fs/promises';

const FILE = new URL('../../../docs/benchmarks.md', import.meta.url);

/** Replaces what stands between the marks of a section in docs/benchmarks.md. */
export async function writeSection(name: string, text: string): Promise<void> {
  const document = await readFile(FILE, 'utf8');
  const [begin, end] = [`<!-- ${name}: begin -->`, `<!-- ${name}: end -->`];
  const [from, to] = [document.indexOf(begin), document.indexOf(end)];
  if (from < 0 || to < from)
    throw new Error(`docs/benchmarks.md lacks the marks ${begin} and ${end}.`);
  await writeFile(
    FILE,
    `${document.slice(0, from + begin.length)}\n\n${text}\n\n${document.slice(to)}`,
  );
}
