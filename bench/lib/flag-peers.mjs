/**
 * The flags of other libraries, with the rules of `flag-rules.mjs`: each in memory, without a network, as its
 * documentation recommends for servers. Each loop is written out; `rounds.mjs` says why.
 */
import { EventEmitter } from 'node:events';
import { LISTED, ORGANIZATIONS, USERS } from './flag-rules.mjs';

/** Opens GrowthBook's client for many users; a user-scoped instance is its form of a reused context. */
export async function openGrowthBook() {
  const { GrowthBookClient } = await import('@growthbook/growthbook');
  const features = {
    list: { defaultValue: false, rules: [{ force: true, condition: { organizationId: { $in: LISTED } } }] },
    half: { defaultValue: false, rules: [{ force: true, coverage: 0.5, hashAttribute: 'id' }] },
  };
  const client = new GrowthBookClient().initSync({ payload: { features } });
  const reused = USERS.map((id, index) =>
    client.createScopedInstance({ attributes: { id, organizationId: ORGANIZATIONS[index] } }),
  );
  return {
    loops: {
      list(passes) {
        let count = 0;
        for (let pass = 0; pass < passes; pass++) for (const user of reused) if (user.isOn('list')) count++;
        return count;
      },
      fresh(passes) {
        let count = 0;
        for (let pass = 0; pass < passes; pass++) {
          for (const id of USERS) if (client.isOn('half', { attributes: { id } })) count++;
        }
        return count;
      },
      reused(passes) {
        let count = 0;
        for (let pass = 0; pass < passes; pass++) for (const user of reused) if (user.isOn('half')) count++;
        return count;
      },
    },
    async close() {
      client.destroy();
    },
  };
}

/** Opens Unleash with its toggles in our own repository, which its settings allow, and without metrics. */
export async function openUnleash() {
  const { Unleash } = await import('unleash-client');
  const toggle = (name, strategy) => ({ name, enabled: true, type: 'release', variants: [], strategies: [strategy] });
  const constraint = { contextName: 'organizationId', operator: 'IN', values: LISTED.map(String) };
  const toggles = new Map([
    ['list', toggle('list', { name: 'default', parameters: {}, constraints: [constraint] })],
    [
      'half',
      toggle('half', {
        name: 'flexibleRollout',
        parameters: { rollout: '50', stickiness: 'userId', groupId: 'half' },
        constraints: [],
      }),
    ],
  ]);
  const repository = Object.assign(new EventEmitter(), {
    getToggle: (name) => toggles.get(name),
    getToggles: () => [...toggles.values()],
    getTogglesWithSegmentData: () => [...toggles.values()],
    getSegment: () => undefined,
    start: async () => {},
    stop() {},
  });
  const settings = { url: 'http://localhost/', appName: 'bench', disableAutoStart: true, disableMetrics: true };
  const unleash = new Unleash({ ...settings, repository });
  repository.emit('ready');
  const reused = USERS.map((userId, index) => ({
    userId,
    properties: { organizationId: String(ORGANIZATIONS[index]) },
  }));
  return {
    loops: {
      list(passes) {
        let count = 0;
        for (let pass = 0; pass < passes; pass++)
          for (const each of reused) if (unleash.isEnabled('list', each)) count++;
        return count;
      },
      fresh(passes) {
        let count = 0;
        for (let pass = 0; pass < passes; pass++) {
          for (const userId of USERS) if (unleash.isEnabled('half', { userId })) count++;
        }
        return count;
      },
      reused(passes) {
        let count = 0;
        for (let pass = 0; pass < passes; pass++)
          for (const each of reused) if (unleash.isEnabled('half', each)) count++;
        return count;
      },
    },
    async close() {
      unleash.destroy();
    },
  };
}

/** Opens LaunchDarkly with its own source of test data, and without events; it has no synchronous evaluation. */
export async function openLaunchDarkly() {
  const { init, basicLogger } = await import('@launchdarkly/node-server-sdk');
  const { TestData } = await import('@launchdarkly/node-server-sdk/integrations');
  const data = new TestData();
  const flag = (key, rest) => ({ key, on: true, variations: [true, false], offVariation: 1, salt: key, ...rest });
  const clause = { attribute: 'organizationId', op: 'in', values: LISTED, contextKind: 'user' };
  const halves = [
    { variation: 0, weight: 50_000 },
    { variation: 1, weight: 50_000 },
  ];
  await data.usePreconfiguredFlag(
    flag('list', { rules: [{ id: 'listed', variation: 0, clauses: [clause] }], fallthrough: { variation: 1 } }),
  );
  await data.usePreconfiguredFlag(
    flag('half', { fallthrough: { rollout: { contextKind: 'user', variations: halves } } }),
  );
  const client = init('bench', {
    updateProcessor: data.getFactory(),
    sendEvents: false,
    diagnosticOptOut: true,
    logger: basicLogger({ level: 'none' }),
  });
  await client.waitForInitialization({ timeout: 10 });
  const reused = USERS.map((key, index) => ({ kind: 'user', key, organizationId: ORGANIZATIONS[index] }));
  return {
    loops: {
      async list(passes) {
        let count = 0;
        for (let pass = 0; pass < passes; pass++) {
          for (const each of reused) if (await client.variation('list', each, false)) count++;
        }
        return count;
      },
      async fresh(passes) {
        let count = 0;
        for (let pass = 0; pass < passes; pass++) {
          for (const key of USERS) if (await client.variation('half', { kind: 'user', key }, false)) count++;
        }
        return count;
      },
      async reused(passes) {
        let count = 0;
        for (let pass = 0; pass < passes; pass++) {
          for (const each of reused) if (await client.variation('half', each, false)) count++;
        }
        return count;
      },
    },
    async close() {
      client.close();
    },
  };
}

/** Opens OpenFeature with its in-memory provider. The rule is our function, so this measures the cost of the SDK. */
export async function openOpenFeature() {
  const { InMemoryProvider, OpenFeature } = await import('@openfeature/server-sdk');
  const listed = new Set(LISTED);
  const list = {
    variants: { on: true, off: false },
    defaultVariant: 'off',
    disabled: false,
    contextEvaluator: ({ organizationId }) => (listed.has(organizationId) ? 'on' : 'off'),
  };
  await OpenFeature.setProviderAndWait(new InMemoryProvider({ list }));
  const client = OpenFeature.getClient();
  const reused = USERS.map((targetingKey, index) => ({ targetingKey, organizationId: ORGANIZATIONS[index] }));
  return {
    loops: {
      async list(passes) {
        let count = 0;
        for (let pass = 0; pass < passes; pass++) {
          for (const each of reused) if (await client.getBooleanValue('list', false, each)) count++;
        }
        return count;
      },
    },
    close: () => OpenFeature.close(),
  };
}
