/** The pages of the project, and the fenced blocks of code on them. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** The repository's folder. */
export const root = fileURLToPath(new URL('../..', import.meta.url));

/** A fenced block of code. */
export interface Block {
  /** The heading of the second level that it stands below. */
  readonly section: string;
  readonly language: string;
  /** What stands behind the language: `fragment` where it cannot be run by itself. */
  readonly info: string;
  /** The file that the line before the fence names. */
  readonly caption: string | undefined;
  readonly text: string;
}

/** The text of a file of the repository. */
export function read(path: string): string {
  return readFileSync(join(root, path), 'utf8');
}

/** All pages: those at the root, below `docs/`, of the examples and of the benchmarks. */
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

/** The blocks of a page, in their order. */
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
