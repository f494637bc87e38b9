/** Tests the types of options: `tsc` checks this file with all other sources; nothing runs it. */
import { type Feature, type NamespaceOptions, type Option, type OptionValue, options, snapshot } from 'sentry-options';
import { overrideOptions } from 'sentry-options/testing';

declare module 'sentry-options' {
  interface OptionTypes {
    'declared-in-a-test': {
      'feature.enabled': boolean;
      'max-retries': number;
      limits: { perMinute: number; burst?: number };
      'feature.rollout': Feature;
    };
  }
}

/** Compiles only if both types are the same. */
function expectSame<A>() {
  return <B>(_: [A] extends [B] ? ([B] extends [A] ? A : never) : never): void => {};
}

const declared = options('declared-in-a-test');
expectSame<boolean>()<ReturnType<typeof getEnabled>>(getEnabled());
function getEnabled() {
  return declared.get('feature.enabled');
}
declared.option('limits').value.burst?.toFixed();
declared.getForced('max-retries').toFixed();
snapshot().namespace('declared-in-a-test').get('max-retries').toFixed();
const keys: ('feature.enabled' | 'max-retries' | 'limits' | 'feature.rollout')[] = declared.keys();
overrideOptions('declared-in-a-test', { 'max-retries': 1 });

declared.option('max-retries').onChange((now, previous) => (now - previous).toFixed());
declared.onChange(['max-retries', 'limits'], async ([change]) => {
  if (change?.key === 'max-retries') change.newValue.toFixed();
  else change?.oldValue.burst?.toFixed();
});
// @ts-expect-error: a listener can only name options that the namespace declares
declared.onChange(['max-retrys'], () => {});
// @ts-expect-error: a number is not a string
declared.option('max-retries').onChange((now: string) => now);

// @ts-expect-error: the namespace does not declare this option
declared.get('max-retrys');
// @ts-expect-error: the namespace does not declare this option either
declared.isset('max-retrys');
// @ts-expect-error: a number is not a string
const text: string = declared.get('max-retries');
// @ts-expect-error: a string is not a number
overrideOptions('declared-in-a-test', { 'max-retries': 'many' });

// Properties have the declared types. Flags are not among them, and no assignment compiles.
const { values } = declared;
expectSame<'feature.enabled' | 'max-retries' | 'limits'>()<keyof typeof values>('limits');
values['max-retries'].toFixed();
snapshot().namespace('declared-in-a-test').values.limits.burst?.toFixed();
// @ts-expect-error: a flag is no property
values['feature.rollout'];
// @ts-expect-error: the namespace does not declare this option
values['max-retrys'];
// @ts-expect-error: the properties are read-only
values['max-retries'] = 1;
const any: OptionValue | undefined = options('another').values.anything;

// An undeclared namespace accepts any key, and its values are any JSON.
const value: OptionValue = options('another').get('anything');
const untyped: NamespaceOptions = options('another');
// An option is one of any wider type as well.
const wider: Option<number | string> = declared.option('max-retries');
const widest: Option = wider;
// It may be a flag that is not set.
untyped.option('anything').onChange((now) => expectSame<OptionValue | undefined>()(now));

export { any, keys, text, untyped, value, widest };
