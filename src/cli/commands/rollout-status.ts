/** `sentry-options rollout-status`: which processes have the values of a file. */
import type { CliCommand } from '../terminal/command.js';
import { UsageError } from '../terminal/errors.js';
import { FlagOption, ListOption, ValueOption } from '../terminal/options.js';

interface Options {
  readonly pid?: readonly string[];
  readonly url?: readonly string[];
  readonly selector?: string;
  readonly clusterNamespace?: string;
  readonly container?: string;
  readonly exec: string;
  readonly port?: string;
  readonly file?: string;
  readonly configmap?: string;
  readonly timeout: string;
  readonly json?: boolean;
}

/** Seconds. */
const DEFAULT_TIMEOUT = 120;
const MAX_TIMEOUT = 86_400;
const MAX_PORT = 65_535;

/** Adds the command to `program`. */
export function addRolloutStatusCommand(program: CliCommand): void {
  program
    .command('rollout-status')
    .description(
      'Waits until all processes have the values of a file, and prints which have them, which do not, since when and ' +
        'why. Fails unless all have them.',
    )
    .argument('<namespace>')
    .addOption(new ValueOption('file', 'the values: a values.json or the manifest of a ConfigMap; - is stdin'))
    .addOption(new ValueOption('configmap', "the values: this ConfigMap's, by kubectl"))
    .addOption(new ListOption('pid', 'process of this machine, as `ps` lists it'))
    .addOption(new ListOption('url', 'process that listens at this URL'))
    .addOption(new ValueOption('selector', 'pods with these labels, by kubectl'))
    .addOption(new ValueOption('cluster-namespace', "Kubernetes' namespace of pods and ConfigMap", { letter: 'n' }))
    .addOption(new ValueOption('container', 'container of the pods (default: the one of kubectl exec)'))
    .addOption(
      new ValueOption('exec', 'command in the pods that runs sentry-options', {
        defaultValue: 'npx --no sentry-options',
      }),
    )
    .addOption(new ValueOption('port', 'port of the pods to forward, instead of running a command in them'))
    .addOption(new ValueOption('timeout', 'seconds to wait; 0 asks once', { defaultValue: String(DEFAULT_TIMEOUT) }))
    .addOption(new FlagOption('json', 'print JSON'))
    .example(
      'sentry-options rollout-status shop --configmap sentry-options-shop --selector app=shop -n prod',
      'sentry-options rollout-status shop --file values.json --pid 1234 --pid 1235',
    )
    .runs<Options>(async (options, output, [namespace = '']) => {
      const {
        pid = [],
        url = [],
        selector,
        clusterNamespace,
        container,
        exec,
        file,
        configmap,
        json = false,
      } = options;
      requireOne({ pid: pid[0], url: url[0], selector }, "'--pid <PID>', '--url <URL>' and '--selector <SELECTOR>'");
      requireOne({ file, configmap }, "'--file <FILE>' and '--configmap <CONFIGMAP>'");
      if (selector === undefined) rejectWithoutSelector({ container, port: options.port });
      const timeout = readNumber('timeout', options.timeout, 0, MAX_TIMEOUT, ' seconds, without a unit');
      const port = options.port === undefined ? undefined : readNumber('port', options.port, 1, MAX_PORT);
      const { reportRollout } = await import('../rollout/rollout.js');
      const pods = selector === undefined ? undefined : { selector, container, exec, port };
      await reportRollout(
        {
          namespace,
          file,
          configmap,
          pids: pid,
          urls: url,
          pods,
          clusterNamespace,
          timeout: timeout * 1_000,
          isJson: json,
        },
        output,
      );
    });
}

/** @throws {UsageError} unless exactly one of `options` is given */
function requireOne(options: Readonly<Record<string, string | undefined>>, names: string): void {
  const given = Object.values(options).filter((value) => value !== undefined);
  if (given.length === 1) return;
  const problem = given.length === 0 ? 'is required' : 'can be used at a time';
  throw new UsageError(`error: one of ${names} ${problem}\n\nFor more information, try '--help'.`);
}

/** @throws {UsageError} if one of `options`, which are about pods, is given */
function rejectWithoutSelector(options: Readonly<Record<string, string | undefined>>): void {
  const [name] = Object.keys(options).filter((key) => options[key] !== undefined);
  if (name === undefined) return;
  const flags = `--${name} <${name.toUpperCase()}>`;
  throw new UsageError(
    `error: the argument '${flags}' can only be used with '--selector <SELECTOR>'\n\nFor more information, try '--help'.`,
  );
}

/**
 * @param unit the end of the range in the message
 * @throws {UsageError} if `text` is not an integer from `min` to `max`
 */
function readNumber(name: string, text: string, min: number, max: number, unit = ''): number {
  const number = Number(text);
  if (/^\d+$/.test(text) && number >= min && number <= max) return number;
  throw new UsageError(
    `error: '--${name} <${name.toUpperCase()}>' must be from ${min} to ${max}${unit}; got '${text}'`,
  );
}
