/** `--schemas`, `--root`, `--base` and `--head`: the options of the commands that check values before they are deployed. */
import { ValueOption } from '../terminal/options.js';

/** Makes `--schemas`, which is required unless it has a default. */
export function makeSchemasOption(defaultValue?: string): ValueOption {
  return makeOption('schemas', 'directory with a folder for each namespace', defaultValue);
}

/** Makes `--root`, which is required unless it has a default. */
export function makeRootOption(defaultValue?: string): ValueOption {
  return makeOption('root', 'directory with the values: NAMESPACE/TARGET/FILE.yaml', defaultValue);
}

/** Makes `--base`, the values before a change. */
export function makeBaseOption(): ValueOption {
  return makeOption('base', 'directory with the values before: NAMESPACE/TARGET/FILE.yaml');
}

/** Makes `--head`, the values after a change. */
export function makeHeadOption(): ValueOption {
  return makeOption('head', 'directory with the values after');
}

function makeOption(name: string, description: string, defaultValue?: string): ValueOption {
  return new ValueOption(name, description, defaultValue === undefined ? { required: true } : { defaultValue });
}
