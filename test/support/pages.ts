/** Reads the project's Markdown pages and their fenced code blocks. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** The repository's directory. */
export const root = fileURLToPath(new URL('../..', import.meta.url));

/** A fenced code block. */
export interface Block {
  /** The level-2 heading above the block. */
  readonly section: string;
  readonly language: string;
  /** The words after the language: `fragment` if the block cannot run by itself. */
  readonly info: string;
  /** The file name in the line before the fence. */
  readonly caption: string | undefined;
  readonly text: string;
}

/** Returns the content of a file of the repository. */
export function read(path: string): string {
  return readFileSync(join(root, path), 'utf8');
}

/** Lists all pages: in the root, `docs/`, the examples and the benchmarks. */
export function pages(): string[] {
  const below = (folder: string): string[] =>
    readdirSync(join(root, folder), { withFileTypes: true })
      .filter(({ name }) => name !== 'node_modules' && name !== 'api')
      .flatMap((entry) => {
        const path = `${folder}/${entry.name}`;
        if (entry.isDirectory()) return below(path);
        return entry.name.endsWith('.md') ? [path] : [];
      });
  const atRoot = readdirSync(root).filter((name) => name.endsWith('.md'));
  return [...atRoot, ...['docs', 'examples', 'bench'].flatMap(below)];
}

/** Returns the blocks of a page in order. */
export function blocksOf(page: string): Block[] {
  const text = read(page);
  const fence = /(?:^`(\S+)`:\n\n)?^```(\w*)[ ]?(.*)\n([\s\S]*?)^```$/gm;
  return [...text.matchAll(fence)].map((match) => ({
    section: /.*^## (.+?)$/ms.exec(text.slice(0, match.index))?.[1] ?? '',
    language: match[2] as string,
    info: match[3] as string,
    caption: match[1],
    text: match[4] as string,
  }));
}

/** Lists the anchors of a page's headings, as GitHub generates them. */
export function listAnchors(page: string): string[] {
  return [...read(page).matchAll(/^#+ (.+)$/gm)].map(([, heading]) =>
    (heading as string)
      .toLowerCase()
      .replaceAll(/[^\w\- ]/g, '')
      .replaceAll(' ', '-'),
  );
}
