/** What a schema allows, as the rules say it: a second opinion, in a few lines, that shares nothing with the sources. */

/** A type, as `schema.json` writes it. */
export interface Type {
  readonly type: 'string' | 'integer' | 'number' | 'boolean' | 'array' | 'object';
  readonly items?: Type;
  readonly properties?: Readonly<Record<string, Type>>;
  readonly additionalProperties?: Type;
  readonly optional?: boolean;
}

/** Whether `value`, which `JSON.parse` made, is a value of `type`. */
export function allows(type: Type, value: unknown): boolean {
  switch (type.type) {
    case 'integer':
      return Number.isSafeInteger(value);
    case 'number':
      return Number.isFinite(value);
    case 'array':
      return Array.isArray(value) && value.every((entry) => type.items === undefined || allows(type.items, entry));
    case 'object':
      return typeof value === 'object' && value !== null && !Array.isArray(value) && allowsMembers(type, value);
    case 'string':
      return typeof value === 'string';
    case 'boolean':
      return typeof value === 'boolean';
  }
}

function allowsMembers({ properties = {}, additionalProperties }: Type, value: object): boolean {
  const members = new Map(Object.entries(value));
  for (const [name, field] of Object.entries(properties)) {
    if (!members.has(name) ? field.optional !== true : !allows(field, members.get(name))) return false;
    members.delete(name);
  }
  return [...members.values()].every(
    (member) => additionalProperties !== undefined && allows(additionalProperties, member),
  );
}
