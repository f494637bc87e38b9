/** Makes the settings that tell VS Code which file has which schema. Pure, except for the current directory. */
import { isAbsolute, join, relative, resolve, sep } from 'node:path';
import { pathToFileURL } from 'node:url';

/** Where the files are, as the user wrote the paths. */
interface Places {
  readonly schemas: string;
  readonly out: string;
  /** The directory with the values; undefined if it is not known. */
  readonly root: string | undefined;
}

/** The file of `schema.json`'s own schema. No namespace has a dot, so no other file has this name. */
export const META_FILE = 'schema.schema.json';

/** Returns the name of the file with the schema for the values of `namespace`. */
export function valuesSchemaFile(namespace: string): string {
  return `${namespace}.values.schema.json`;
}

/** Returns `.vscode/settings.json` for the folder that is the current directory. */
export function makeSettings(namespaces: Iterable<string>, { schemas, out, root }: Places): object {
  const values = root === undefined ? '**' : toPattern(root);
  return {
    'yaml.schemas': Object.fromEntries(
      [...namespaces].map((namespace) => [
        toAddress(join(out, valuesSchemaFile(namespace))),
        `${values}/${namespace}/*/*.yaml`,
      ]),
    ),
    'json.schemas': [{ fileMatch: [`${toPattern(schemas)}/*/schema.json`], url: toAddress(join(out, META_FILE)) }],
  };
}

/** Returns the address of a file: relative to the folder if it is inside. */
function toAddress(path: string): string {
  const inside = findInside(path);
  return inside === undefined ? pathToFileURL(resolve(path)).href : `./${inside}`;
}

/** Returns the beginning of a pattern for the files in a directory. An editor compares the end of a path with it. */
function toPattern(directory: string): string {
  const inside = findInside(directory) ?? resolve(directory).split(sep).join('/');
  return inside === '' ? '**' : inside;
}

/** Returns `path` relative to the current directory, with slashes; undefined if it is outside. */
function findInside(path: string): string | undefined {
  const written = relative('', path);
  return isAbsolute(written) || written.split(sep)[0] === '..' ? undefined : written.split(sep).join('/');
}
