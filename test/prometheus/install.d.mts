export function findProgram(name: 'prometheus' | 'promtool'): string | undefined;
export function installPrometheus(): void;
