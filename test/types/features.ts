/** What the compiler knows of flags: checked by `tsc` with all other sources, and never run. */
import { type Feature, FeatureContext, FeatureReason, features, openOptions, options, snapshot } from 'sentry-options';
import { alwaysOn, enabledWhen, overrideOptions } from 'sentry-options/testing';

declare module 'sentry-options' {
  interface OptionTypes {
    'flags-declared-in-a-test': { 'feature.rollout': Feature; 'feature.limit': number; plain: boolean };
  }
}

const context = new FeatureContext(
  { organization_id: 42, plan: undefined, tags: ['a', 1n] },
  { identityFields: ['id'] },
);
const declared = features('flags-declared-in-a-test');
const isOn: boolean = declared.has('rollout', context);
snapshot().features('flags-declared-in-a-test').has('rollout', { plan: 'team' });
openOptions().features('flags-declared-in-a-test').evaluate('rollout');
const team: string = options('flags-declared-in-a-test').get('feature.rollout').owner.team;
overrideOptions('flags-declared-in-a-test', { 'feature.rollout': alwaysOn() });
overrideOptions('another', { 'feature.any': enabledWhen({ property: 'plan', operator: 'in', value: ['team'] }) });

// @ts-expect-error: there is no such flag
declared.has('rolout');
// @ts-expect-error: the name is given without its prefix
declared.has('feature.rollout');
// @ts-expect-error: no flag
declared.has('plain');
// @ts-expect-error: a date is nothing that JSON can say
features('another').has('any', { at: new Date() });
// @ts-expect-error: globs are a list
enabledWhen({ property: 'plan', operator: 'matches', value: 'team*' });

// A namespace that nobody has declared: any name.
const name: string = 'any';
const { reason, conditions } = features('another').evaluate(name);
const isOut: boolean = reason === FeatureReason.ROLLOUT_OUT && reason === 'ROLLOUT_OUT';
// @ts-expect-error: there is no such reason
const isLost: boolean = reason === 'LOST';
const actual: unknown = conditions?.[0]?.actual;

export { actual, isLost, isOn, isOut, team };
