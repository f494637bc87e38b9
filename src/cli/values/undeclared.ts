/** What to say of options that no schema declares: a mistake is to be told from a schema that is on its way. Pure. */
import { escapeControlChars } from '../../common/text.js';
import { FLAG_PREFIX } from '../../features/feature.js';
import { findOption, type NamespaceSchema } from '../../schema/namespace-schema.js';
import { suggestSimilar } from '../terminal/suggest.js';
import { adviseOnKey } from '../yaml/key-advice.js';
import type { YamlNode } from '../yaml/node.js';

/** An option that no schema declares. */
export interface UndeclaredOption {
  readonly name: string;
  /** The end of a message about the option, which names the mistake; '' if none is known. */
  readonly advice: string;
  /** Whether the value itself shows a mistake: no schema that is on its way declares such an option. */
  readonly isMistake: boolean;
}

/** The maximum number of undeclared options of a file that get a suggestion by similarity. */
const MAX_COMPARED = 20;

/** The members that any flag has, and hardly an option. */
const MEMBERS_OF_FLAGS = ['owner', 'created_at', 'segments'];

/** Describes the options `names`, which `schema` does not declare. */
export function describeUndeclared(
  names: readonly string[],
  options: ReadonlyMap<string, YamlNode>,
  schema: NamespaceSchema,
): readonly UndeclaredOption[] {
  return names.map((name, index) => {
    const value = options.get(name);
    const blanks = adviseOnKey(name);
    if (blanks !== '') return { name, advice: blanks, isMistake: true };
    const flag = FLAG_PREFIX + name;
    if (value !== undefined && hasDeclared(value, schema)) {
      // An option to come may be a mapping with the names of others.
      const isMistake = name === schema.namespace;
      const condition = isMistake ? 'write' : 'if the options in it are meant, write';
      const advice = `; ${condition} what is below '${escapeControlChars(name)}:' directly below 'options:'`;
      return { name, advice: isMistake ? advice : `${advice}.`, isMistake };
    }
    if (schema.options.has(flag))
      return { name, advice: `; did you mean '${escapeControlChars(flag)}'?`, isMistake: false };
    if (value !== undefined && isLikeFlag(value) && findOption(schema, flag) !== undefined) {
      const advice = `; it looks like a flag, whose name must begin with '${FLAG_PREFIX}': did you mean '${escapeControlChars(flag)}'?`;
      return { name, advice, isMistake: true };
    }
    // Each comparison takes time, and a file may have thousands of names.
    const advice = index < MAX_COMPARED ? suggestSimilar(name, [...schema.options.keys()]) : '';
    return { name, advice, isMistake: false };
  });
}

/** Whether a value is a mapping all of whose keys are options of the schema. */
function hasDeclared(value: YamlNode, schema: NamespaceSchema): boolean {
  if (value.kind !== 'map' || value.members.size === 0) return false;
  return [...value.members.keys()].every((key) => findOption(schema, key) !== undefined);
}

function isLikeFlag(value: YamlNode): boolean {
  return value.kind === 'map' && MEMBERS_OF_FLAGS.every((key) => value.members.has(key));
}
