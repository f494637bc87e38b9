/** A second, short implementation of the schema rules that shares no code with the sources, to compare with them. */

/** A type as written in `schema.json`. */
export interface Type {
  readonly type: 'string' | 'integer' | 'number' | 'boolean' | 'array' | 'object';
  readonly items?: Type;
  readonly properties?: Readonly<Record<string, Type>>;
  readonly additionalProperties?: Type;
  readonly optional?: boolean;
}

/** Whether `value`, a result of `JSON.parse`, has the type `type`. */
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
