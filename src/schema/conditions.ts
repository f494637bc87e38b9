/**
 * Reduces ajv's errors in a flag's condition to those of the operator that the condition names. ajv tries the rules of
 * all operators, so one mistake has up to nine errors. Pure; runs with the validator, never in a reader.
 */
import type { ErrorObject } from 'ajv';
import { isObject, type OptionValue } from '../common/value.js';

/** The rules of one operator, as `feature-rules.ts` writes them. */
interface Branch {
  readonly properties: { readonly operator: { readonly enum: readonly [string] } };
}

/** What to keep of the errors in one condition. */
interface Choice {
  /** Where the errors of all operators' rules begin in the schema. */
  readonly rules: string;
  /** Where those of the operator begin; of the first one if the condition names none that exists. */
  readonly chosen: string;
  readonly operators: readonly string[];
  readonly operator: string | undefined;
}

/**
 * Removes the errors of all operators that a condition does not name. If its operator is missing or does not exist,
 * keeps one error of it, which lists all operators, and none of the value. If its value has no type that the operator
 * compares with, keeps one error of the value, the `anyOf`, with the parameter `operator`.
 */
export function reduceConditions(errors: readonly ErrorObject[]): readonly ErrorObject[] {
  const choices = new Map<string, Choice>();
  for (const error of errors) if (error.keyword === 'oneOf') choices.set(error.instancePath, choose(error));
  if (choices.size === 0) return errors;
  return errors.flatMap((error) => {
    const choice = choices.get(findCondition(error.instancePath) ?? '');
    return choice === undefined ? [error] : keep(error, choice);
  });
}

/** Returns the pointer of the condition at or around `pointer`. */
function findCondition(pointer: string): string | undefined {
  return /^\/segments\/\d+\/conditions\/\d+(?=\/|$)/.exec(pointer)?.[0];
}

function choose({ data, schema, schemaPath: rules }: ErrorObject): Choice {
  const operators = (schema as readonly Branch[]).map(({ properties }) => properties.operator.enum[0]);
  const condition = data as OptionValue;
  const named = isObject(condition) && Object.hasOwn(condition, 'operator') ? condition.operator : undefined;
  const index = operators.indexOf(named as string);
  return { rules, chosen: `${rules}/${Math.max(0, index)}/`, operators, operator: operators[index] };
}

function keep(error: ErrorObject, { rules, chosen, operators, operator }: Choice): ErrorObject[] {
  if (!error.schemaPath.startsWith(`${rules}/`)) return [error];
  if (!error.schemaPath.startsWith(chosen)) return [];
  const value = `${chosen}properties/value/`;
  if (operator === undefined) {
    if (error.schemaPath.startsWith(value)) return [];
    if (error.params.missingProperty === 'operator') return [{ ...error, params: { ...error.params, operators } }];
    return error.keyword === 'enum' ? [{ ...error, params: { allowedValues: operators } }] : [error];
  }
  if (error.keyword === 'anyOf') return [{ ...error, params: { operator } }];
  return error.schemaPath.startsWith(`${value}anyOf/`) ? [] : [error];
}
