/**
 * Loops over flags, for `sentry.mjs`. It imports this module once for each build of the library, with another query each time:
 * V8 would compile a loop that two builds share for both of them. For the same reason, each flag has a loop of its own text,
 * although the loops are alike: closures of one function share what V8 has learned of the flags.
 */

/** The flags, and what each one stands for. Their loops take turns between the contexts of several requests. */
export const FLAGS = {
  on: 'on for everybody',
  list: 'in a list of 100, context reused',
  half: 'rollout of 50 %, context reused',
  unset: 'not set',
};

/** How many flags a request evaluates. */
export const PER_REQUEST = 10;

export const REQUEST_FLAGS = Array.from({ length: PER_REQUEST }, (_, index) => `flag-${index}`);
const KEYS = REQUEST_FLAGS.map((name) => `service/${name}`);
/** How many requests a service has at a time. */
const CONCURRENT = 100;
const IDENTITY = { identityFields: ['user_id'] };

/**
 * Makes the loops of one build, each with `operations` evaluations in a pass.
 *
 * @param inRequest runs a function as a request
 * @param addFeatureFlag of Sentry's own integration
 */
export function makeLoops({ FeatureContext }, flags, { operations, inRequest, addFeatureFlag }) {
  const makeContext = (user) => new FeatureContext({ user_id: user }, IDENTITY);
  const contexts = Array.from({ length: CONCURRENT }, (_, user) => inRequest(() => makeContext(user)));
  const context = contexts[0];
  const requests = operations / PER_REQUEST;
  const rounds = operations / CONCURRENT;
  return {
    on(passes) {
      let count = 0;
      for (let turn = 0; turn < passes * rounds; turn++)
        for (const each of contexts) if (flags.has('on', each)) count++;
      return count;
    },
    list(passes) {
      let count = 0;
      for (let turn = 0; turn < passes * rounds; turn++)
        for (const each of contexts) if (flags.has('list', each)) count++;
      return count;
    },
    half(passes) {
      let count = 0;
      for (let turn = 0; turn < passes * rounds; turn++)
        for (const each of contexts) if (flags.has('half', each)) count++;
      return count;
    },
    unset(passes) {
      let count = 0;
      for (let turn = 0; turn < passes * rounds; turn++)
        for (const each of contexts) if (flags.has('unset', each)) count++;
      return count;
    },
    turns(passes) {
      let count = 0;
      for (let turn = 0; turn < passes * requests; turn++) {
        for (const name of REQUEST_FLAGS) if (flags.has(name, context)) count++;
      }
      return count;
    },
    requests(passes) {
      let count = 0;
      for (let pass = 0; pass < passes; pass++) {
        for (let user = 0; user < requests; user++) {
          inRequest(() => {
            const own = makeContext(user);
            for (const name of REQUEST_FLAGS) if (flags.has(name, own)) count++;
          });
        }
      }
      return count;
    },
    without(passes) {
      let count = 0;
      for (let turn = 0; turn < passes * operations; turn++) if (flags.has('on')) count++;
      return count;
    },
    theirs(passes) {
      let count = 0;
      for (let turn = 0; turn < passes * requests; turn++) {
        for (let place = 0; place < PER_REQUEST; place++) {
          const isOn = flags.has(REQUEST_FLAGS[place], context);
          addFeatureFlag(KEYS[place], isOn);
          if (isOn) count++;
        }
      }
      return count;
    },
  };
}
