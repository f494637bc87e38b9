/** Tests the types of flags: `tsc` checks this file with all other sources; nothing runs it. */
import type { IncomingMessage } from 'node:http';
import { type Feature, FeatureContext, FeatureReason, features, openOptions, options, snapshot } from 'sentry-options';
import { createOfrepHandler, toNodeListener } from 'sentry-options/ofrep';
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
const all: { rollout: boolean; limit: boolean } = declared.all(context);
const some: { limit: boolean } = snapshot()
  .features('flags-declared-in-a-test')
  .all({}, { only: ['limit'] });
const any: boolean | undefined = features('another').all().any;
// @ts-expect-error: the namespace does not declare this flag
declared.all(context, { only: ['rolout'] });
// @ts-expect-error: `only` limits the names
declared.all(context, { only: ['limit'] }).rollout;
// @ts-expect-error: the option is not a flag
all.plain;
snapshot().features('flags-declared-in-a-test').has('rollout', { plan: 'team' });
openOptions().features('flags-declared-in-a-test').evaluate('rollout');
const team: string = options('flags-declared-in-a-test').get('feature.rollout').owner.team;
overrideOptions('flags-declared-in-a-test', { 'feature.rollout': alwaysOn() });
overrideOptions('another', { 'feature.any': enabledWhen({ property: 'plan', operator: 'in', value: ['team'] }) });

const namespace = 'flags-declared-in-a-test';
createOfrepHandler({ namespace, flags: ['rollout'], context: async () => ({ user_id: 1 }) });
toNodeListener(
  createOfrepHandler({
    namespace,
    flags: ['limit'],
    context: (_: Request, message: IncomingMessage & { user: string }) => ({ user: message.user }),
  }),
);
createOfrepHandler({ namespace: 'another', flags: ['any'] });
// @ts-expect-error: the namespace does not declare this flag
createOfrepHandler({ namespace, flags: ['rolout'] });

// @ts-expect-error: the namespace does not declare this flag
declared.has('rolout');
// @ts-expect-error: the name of a flag has no prefix here
declared.has('feature.rollout');
// @ts-expect-error: the option is not a flag
declared.has('plain');
// @ts-expect-error: JSON cannot represent a date
features('another').has('any', { at: new Date() });
// @ts-expect-error: globs must be a list
enabledWhen({ property: 'plan', operator: 'matches', value: 'team*' });

// An interface has no index signature.
interface User {
  readonly user_id: number;
  readonly plan?: string;
  readonly address: { readonly country: string };
}
declare const user: User;
declared.has('rollout', user);
declared.evaluate('rollout', user);
declared.all(user, { only: ['limit'] });
export const made: FeatureContext = new FeatureContext(user, { identityFields: ['user_id'] });
declared.has('rollout', new FeatureContext(user));
createOfrepHandler({ namespace, flags: ['rollout'], context: async () => user });
interface Visit {
  readonly at: Date;
}
declare const visit: Visit;
// @ts-expect-error: JSON cannot represent a date
declared.has('rollout', visit);
// @ts-expect-error: the option has another name
new FeatureContext(user, { identityField: ['user_id'] });

// An undeclared namespace accepts any name.
const name: string = 'any';
const { reason, conditions } = features('another').evaluate(name);
// A flag that is not set has no value; an option always has one.
const declaredOptions = options('flags-declared-in-a-test');
const [flag, limit] = [declaredOptions.option('feature.rollout'), declaredOptions.option('feature.limit')];
flag.onChange((now) => now?.owner.team);
// @ts-expect-error: the flag may not be set
flag.onChange((now) => now.owner);
limit.onChange((now) => now.toFixed());
const isOut: boolean = reason === FeatureReason.ROLLOUT_OUT && reason === 'ROLLOUT_OUT';
// @ts-expect-error: this reason does not exist
const isLost: boolean = reason === 'LOST';
const actual: unknown = conditions?.[0]?.actual;

export { actual, all, any, isLost, isOn, isOut, some, team };
