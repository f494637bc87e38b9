/** What the compiler knows of options: checked by `tsc` with all other sources, and never run. */
import { type NamespaceOptions, type OptionValue, options, snapshot } from 'sentry-options';
import { overrideOptions } from 'sentry-options/testing';

declare module 'sentry-options' {
  interface OptionTypes {
    'declared-in-a-test': {
      'feature.enabled': boolean;
      'max-retries': number;
      limits: { perMinute: number; burst?: number };
    };
  }
}

/** Compiles only where both types are the same. */
function same<A>() {
  return <B>(_: [A] extends [B] ? ([B] extends [A] ? A : never) : never): void => {};
}

const declared = options('declared-in-a-test');
same<boolean>()<ReturnType<typeof enabled>>(enabled());
function enabled() {
  return declared.get('feature.enabled');
}
declared.option('limits').value.burst?.toFixed();
declared.getForced('max-retries').toFixed();
snapshot().namespace('declared-in-a-test').get('max-retries').toFixed();
const keys: ('feature.enabled' | 'max-retries' | 'limits')[] = declared.keys();
overrideOptions('declared-in-a-test', { 'max-retries': 1 });

// @ts-expect-error: there is no such option
declared.get('max-retrys');
// @ts-expect-error: nor here
declared.isset('max-retrys');
// @ts-expect-error: a number is no text
const text: string = declared.get('max-retries');
// @ts-expect-error: a text is no number
overrideOptions('declared-in-a-test', { 'max-retries': 'many' });

// A namespace that nobody has declared: any key, and whatever JSON can say.
const value: OptionValue = options('another').get('anything');
const untyped: NamespaceOptions = options('another');

export { keys, text, untyped, value };
