import type { Metafile, OutputFile } from 'esbuild';

export function buildLibrary(options?: { write?: boolean }): Promise<{
  watcher: { text: string; metafile: Metafile };
  telemetry: { text: string; metafile: Metafile };
  inspect: { text: string; metafile: Metafile };
  reader: { metafile: Metafile; outputFiles?: OutputFile[] };
}>;
export function buildPage(): Promise<{ html: string; contentSecurityPolicy: string }>;
export function buildCli(options?: { write?: boolean }): Promise<{ metafile: Metafile; outputFiles?: OutputFile[] }>;
export function buildDist(): Promise<void>;
