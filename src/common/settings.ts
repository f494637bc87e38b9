/**
 * Reads what callers pass to public functions: each own property once, so that neither a prototype nor a second read of
 * a getter decides anything. Pure; any thread may import it.
 */
import { ConfigError } from './errors.js';
import { describeThrown } from './log.js';
import { formatText } from './text.js';
import { describeKind, isArray } from './value.js';

/** The settings of `T`, each undefined if absent. Without a prototype: a missing setting is never inherited. */
export type Settings<T> = { readonly [Name in keyof T]?: T[Name] };

/**
 * Copies the settings in `value` that are in `names`. Undefined has no settings. Does not check their values.
 *
 * @param subject the settings as the subject of a sentence, such as `The configuration`
 * @throws {ConfigError} if `value` is not an object, has another setting, inherits a setting, or throws when it is read
 */
export function readSettings<T extends object>(
  subject: string,
  value: unknown,
  names: readonly (keyof T & string)[],
): Settings<T> {
  const settings: Record<string, unknown> = Object.create(null);
  if (value === undefined) return settings as Settings<T>;
  const object = requireObject(subject, value);
  for (const name of names) {
    const isInherited = guardRead(name, name, () => {
      const isOwn = Object.hasOwn(object, name);
      if (isOwn) settings[name] = (object as Record<string, unknown>)[name];
      // What other code has added to all objects of the program is no setting.
      return !isOwn && name in object && !(name in Object.prototype);
    });
    // An error, because otherwise a configuration whose class has getters would have no effect, in silence.
    if (isInherited) {
      throw new ConfigError(`${name} must be an own property; got an inherited one. Pass a plain object.`, {
        key: name,
      });
    }
  }
  const given = guardRead(subject, undefined, () => Object.keys(object));
  const unknown = given.find((name) => !(names as readonly string[]).includes(name));
  if (unknown === undefined) return settings as Settings<T>;
  throw new ConfigError(`Unknown setting '${formatText(unknown)}'. Known settings: ${names.join(', ')}.`, {
    key: unknown,
  });
}

/**
 * Copies the own properties of `value`, whose names are the caller's: namespaces, keys.
 *
 * @param subject the argument as the subject of a sentence
 * @param key the setting of the error
 * @throws {ConfigError} if `value` is not a plain object, or throws when it is read
 */
export function readEntries(subject: string, key: string | undefined, value: unknown): readonly [string, unknown][] {
  const object = requireObject(subject, value, key);
  const isPlain = guardRead(subject, key, () => {
    const prototype: unknown = Object.getPrototypeOf(object);
    // Not by identity: another realm has its own Object.prototype.
    return prototype === null || Object.getPrototypeOf(prototype) === null;
  });
  // A Map has no properties: it would be an object without entries.
  if (!isPlain) throw new ConfigError(`${subject} must be a plain object; got an instance of a class.`, { key });
  return guardRead(subject, key, () => Object.entries(object));
}

function requireObject(subject: string, value: unknown, key?: string): object {
  if (typeof value === 'object' && value !== null && !isArray(value)) return value;
  throw new ConfigError(`${subject} must be an object; got ${describeKind(value)}.`, { key });
}

/** Calls `read`, which reads a caller's object: a getter or a proxy may throw anything. */
function guardRead<R>(subject: string, key: string | undefined, read: () => R): R {
  try {
    return read();
  } catch (cause) {
    throw new ConfigError(`${subject} cannot be read: ${describeThrown(cause)}`, { key }, { cause });
  }
}
