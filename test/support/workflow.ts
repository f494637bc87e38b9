/** Runs the commands of a workflow of GitHub Actions, as a runner would, but none of its actions. */
import { spawnSync } from 'node:child_process';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse } from 'yaml';
import { temporaryDirectory } from './base.js';

/** A step: an action or a command. */
interface Step {
  readonly id?: string;
  readonly name?: string;
  readonly if?: string;
  readonly uses?: string;
  readonly run?: string;
  readonly env?: Readonly<Record<string, string>>;
}

interface Input {
  readonly description: string;
  readonly type: string;
  readonly default: string;
}

/** The parts of a reusable workflow with one job that tests need. */
export interface Workflow {
  readonly on: { readonly workflow_call: { readonly inputs: Readonly<Record<string, Input>> } };
  readonly permissions: object;
  readonly jobs: Readonly<Record<string, { readonly env: Readonly<Record<string, string>>; readonly steps: Step[] }>>;
}

/** Reads a workflow. */
export function readWorkflow(path: string): Workflow {
  return parse(readFileSync(path, 'utf8'), { strict: true });
}

/** What a run needs beside the workflow. */
interface RunSettings {
  readonly cwd: string;
  readonly env: Readonly<Record<string, string>>;
  readonly inputs: Readonly<Record<string, string>>;
  readonly event?: object;
  /** Names of steps that are not run. */
  readonly skip: readonly string[];
}

/** What a run did. */
interface WorkflowRun {
  /** The names of the steps whose commands ran; the last one failed if `code` is not 0. */
  readonly ran: readonly string[];
  readonly code: number | null;
  readonly output: string;
  readonly temporary: string;
}

/** Runs the commands of the job of `workflow`, until one fails. */
export function runWorkflow(workflow: Workflow, { cwd, env, inputs, event = {}, skip }: RunSettings): WorkflowRun {
  const { inputs: declared } = workflow.on.workflow_call;
  const defaults = Object.fromEntries(Object.entries(declared).map(([name, input]) => [name, input.default]));
  const temporary = temporaryDirectory();
  const steps: Record<string, { readonly outputs: object }> = {};
  const contexts = { inputs: { ...defaults, ...inputs }, github: { event, token: '' }, secrets: {}, steps, env: {} };
  const [{ env: jobVariables, steps: all }] = Object.values(workflow.jobs) as [Workflow['jobs'][string]];
  contexts.env = fillAll(jobVariables, contexts);
  const ran: string[] = [];
  let output = '';
  for (const { id, name = '', if: condition, run, env: own = {} } of all) {
    if (run === undefined || skip.includes(name)) continue;
    if (condition !== undefined && !evaluate(condition, contexts)) continue;
    const file = join(temporary, `output-${ran.length}`);
    mkdirSync(temporary, { recursive: true });
    writeFileSync(file, '');
    const result = spawnSync('bash', ['-e', '-c', run], {
      cwd,
      env: { ...env, ...contexts.env, ...fillAll(own, contexts), GITHUB_OUTPUT: file, RUNNER_TEMP: temporary },
      encoding: 'utf8',
    });
    ran.push(name);
    output += result.stdout + result.stderr;
    if (result.status !== 0) return { ran, code: result.status, output, temporary };
    const pairs = [...readFileSync(file, 'utf8').matchAll(/^([^=\n]+)=(.*)$/gm)].map(([, key, value]) => [key, value]);
    if (id !== undefined) steps[id] = { outputs: Object.fromEntries(pairs) };
  }
  return { ran, code: 0, output, temporary };
}

function fillAll(variables: Readonly<Record<string, string>>, contexts: object): Record<string, string> {
  const entries = Object.entries(variables).map(([name, text]) => [
    name,
    `${text}`.replaceAll(/\$\{\{(.*?)\}\}/g, (_, expression) => `${evaluate(expression, contexts) ?? ''}`),
  ]);
  return Object.fromEntries(entries);
}

/** Evaluates an expression of `&&`, `||`, `!`, literals and paths: JavaScript, but for the paths. */
function evaluate(expression: string, contexts: object): unknown {
  const code = expression.replaceAll(/'[^']*'|[a-z][\w-]*(?:\.[\w-]+)+/gi, (part) => {
    return part.startsWith("'") ? part : `read(${JSON.stringify(part)})`;
  });
  // An absent property is an empty string, at any depth.
  const read = (path: string): unknown =>
    path.split('.').reduce<unknown>((value, key) => (Object(value) as Record<string, unknown>)[key] ?? '', contexts);
  return new Function('read', `return ${code};`)(read);
}
