/**
 * `values`: the options of a namespace as the properties of an object. Runs in readers.
 *
 * The properties are accessors of the object itself, so that `Object.keys`, spread, `JSON.stringify` and the like find
 * them, and V8 inlines a read whose key is constant. All other names reach the prototype, a proxy, which throws. A proxy
 * instead of the object would call its handler for each read, which V8 does not inline.
 */
import { inspect } from 'node:util';
import type { OptionValue } from '../common/value.js';
import type { IsFlag } from '../features/feature.js';

/**
 * The options of a namespace as properties, without its feature flags. Read-only.
 */
export type OptionValues<T> = { readonly [K in keyof T as IsFlag<T[K]> extends true ? never : K]: T[K] };

/** Where the properties come from. */
export interface ValuesSource {
  /** The namespace, for messages. */
  readonly namespace: string;
  /** Reads an option that is not a property of the object. Throws if there is no such option. */
  read(key: string): OptionValue;
}

/**
 * Names that a language feature or a library reads of any object: `await` reads `then`, `JSON.stringify` reads `toJSON`.
 * They are undefined unless they are declared.
 */
const PROBED_NAMES: ReadonlySet<string> = new Set(['then', 'toJSON']);

/**
 * Names that every object inherits, and has in TypeScript. `console.log` and `assert.deepStrictEqual` read `constructor`,
 * and `%s` reads `toString`. A fixed list: other code may add names to `Object.prototype`, which are undeclared here.
 */
const INHERITED_NAMES: ReadonlySet<string> = new Set([
  'constructor',
  'hasOwnProperty',
  'isPrototypeOf',
  'propertyIsEnumerable',
  'toLocaleString',
  'toString',
  'valueOf',
]);

/** Makes an object without properties, whose undeclared names `source` reads. */
export function makeValues(source: ValuesSource): object {
  const rejectWrite = (_target: object, key: string | symbol): never => {
    throw makeReadOnlyError(source.namespace, key);
  };
  // It inherits from `Object.prototype`, so that tools take what inherits from it for a plain object.
  const prototype = new Proxy(Object.freeze({}), {
    get(target, key) {
      if (key === inspect.custom) return inspectValues;
      if (typeof key === 'symbol' || PROBED_NAMES.has(key)) return undefined;
      return INHERITED_NAMES.has(key) ? Reflect.get(target, key) : source.read(key);
    },
    has: () => false,
    set: rejectWrite,
  });
  return Object.create(prototype) as object;
}

/** Adds `options` to an object that {@link makeValues} made, and closes it. `get` returns each getter. */
export function defineValues<Option extends { readonly key: string }>(
  values: object,
  namespace: string,
  options: readonly Option[],
  get: (option: Option) => () => OptionValue,
): void {
  for (const option of options) {
    const { key } = option;
    // An earlier call may have run out of stack or memory in the middle.
    if (Object.hasOwn(values, key)) continue;
    Object.defineProperty(values, key, {
      get: get(option),
      // In sloppy mode, an assignment to a property without a setter would do nothing.
      set: () => {
        throw makeReadOnlyError(namespace, key);
      },
      enumerable: true,
      configurable: false,
    });
  }
  Object.preventExtensions(values);
}

/** What `util.inspect` shows: the values, instead of `[Getter/Setter]`. It must not throw, so an error is shown, too. */
function inspectValues(this: object): object {
  const shown = Object.keys(this).map((key) => {
    try {
      return [key, (this as Record<string, unknown>)[key]];
    } catch (error) {
      return [key, error];
    }
  });
  return Object.fromEntries(shown);
}

function makeReadOnlyError(namespace: string, key: string | symbol): TypeError {
  return new TypeError(
    `Cannot assign to '${String(key)}' of the values of namespace '${namespace}': they are read-only. ` +
      'Change values.json, or call overrideOptions() in a test.',
  );
}
