/**
 * Outages, as changes of real values files, and the settings with which `npm run test:outages` goes through them. The
 * service has two namespaces, each in a volume of its own: `shop`, in which the mistake is, and `safety`, which has a
 * kill switch.
 */

const { alwaysOn } = await import('sentry-options/testing');

const integer = (fallback) => ({ type: 'integer', default: fallback, description: 'a number' });
const strings = { type: 'array', items: { type: 'string' }, default: [], description: 'strings' };

const EUROPE = ['eu-tax', 'eu-bank', 'eu-carrier', 'eu-notice', 'eu-queue', 'eu-invoice'];
const AMERICA = ['us-tax', 'us-bank', 'us-carrier', 'us-notice', 'us-queue', 'us-invoice'];
const FLAGS = ['new-cart', 'express', 'gift-cards', 'reviews', 'wish-list'].map((name) => `feature.${name}`);

const all = (names, value) => Object.fromEntries(names.map((name) => [name, value]));

/** The declared options of each namespace. The program breaks if `pool-size` is negative. */
export const PROPERTIES = {
  shop: { revision: integer(0), 'pool-size': integer(4), rules: strings, ...all([...EUROPE, ...AMERICA], integer(0)) },
  safety: { 'stop-payments': { type: 'boolean', default: false, description: 'a kill switch' } },
};

const makeRules = (count) => Array.from({ length: count }, (_, i) => `rule ${i}: ${'x'.repeat(60)}`);
const GOOD = { revision: 1, 'pool-size': 8, rules: makeRules(60), ...all(EUROPE, 1), ...all(FLAGS, alwaysOn()) };
/** So many rules that twice as many are larger than `maxFileBytes`. */
const LARGE = { ...GOOD, rules: makeRules(9_000) };

const write = (options) => JSON.stringify({ options });
const double = ({ rules, ...options }) => ({ ...options, rules: [...rules, ...rules] });

/**
 * The outages. `before`: what `shop` sets. `text`: its file in the outage. `options`: what that file sets, if it is
 * valid; `called`: what the table calls these values. `stops`: whether the kill switch is used meanwhile. `kills`: whether the
 * running pod is killed meanwhile. `breaks`: whether the program ends.
 */
export const OUTAGES = [
  { name: 'a list that doubled, beyond the limit of a file', before: LARGE, text: write(double(LARGE)) },
  { name: 'a truncated file', text: write(GOOD).slice(0, 3_000) },
  {
    name: 'a truncated file, and the pod is killed in the middle of it',
    text: write(GOOD).slice(0, 3_000),
    kills: true,
  },
  { name: 'a bad value beside the kill switch of another namespace', text: write({ ...GOOD, rules: 1 }), stops: true },
  { name: 'blank values', options: {}, called: 'the defaults' },
  {
    name: 'the file of another region, which sets other options',
    options: { revision: 1, 'pool-size': 2, rules: GOOD.rules, ...all(AMERICA, 1), [FLAGS[0]]: alwaysOn() },
    called: 'the wrong values',
  },
  {
    name: 'the file of another region, which sets the same options',
    options: { ...GOOD, 'pool-size': 2, ...all(EUROPE, 2) },
    called: 'the wrong values',
  },
  { name: 'a list that doubled, within the limits', options: double(GOOD), called: 'the doubled list' },
  {
    name: 'a value that breaks the program',
    options: { ...GOOD, 'pool-size': -1 },
    called: 'the bad value',
    breaks: true,
  },
].map(({ before = GOOD, options, text = write(options), ...outage }) => ({ ...outage, before, options, text }));

/** The columns of the table. `keeps`: whether there is a state directory. */
export const SETTINGS = [
  { name: 'defaults', config: {} },
  { name: "`suspiciousReload: 'hold'`", config: { suspiciousReload: 'hold' } },
  { name: "`isolation: 'namespace'`", config: { isolation: 'namespace' } },
  { name: '`stateDirectory`', config: {}, keeps: true },
  { name: 'all three', config: { suspiciousReload: 'hold', isolation: 'namespace' }, keeps: true },
];
