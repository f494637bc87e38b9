/** This library's flags, with the rules of `flag-rules.mjs`. */
import { mkdirSync, mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { FeatureContext, openOptions } from '../../dist/index.js';
import { removeBase } from './base.mjs';
import { LISTED, ORGANIZATIONS, USERS } from './flag-rules.mjs';

const IDENTITY = { identityFields: ['user_id'] };

/** Opens a store with the flags; returns the loops over `has`, and `close`. */
export function openOwn() {
  const directory = makeFlags();
  const store = openOptions({ directory, pollInterval: null });
  const checker = store.features('service');
  const reused = USERS.map(
    (user, index) => new FeatureContext({ user_id: user, organization_id: ORGANIZATIONS[index] }, IDENTITY),
  );
  return {
    loops: {
      list(passes) {
        let count = 0;
        for (let pass = 0; pass < passes; pass++)
          for (const context of reused) if (checker.has('list', context)) count++;
        return count;
      },
      fresh(passes) {
        let count = 0;
        for (let pass = 0; pass < passes; pass++) {
          for (const user of USERS) if (checker.has('half', new FeatureContext({ user_id: user }, IDENTITY))) count++;
        }
        return count;
      },
      reused(passes) {
        let count = 0;
        for (let pass = 0; pass < passes; pass++)
          for (const context of reused) if (checker.has('half', context)) count++;
        return count;
      },
    },
    async close() {
      await store.close();
      removeBase(directory);
    },
  };
}

function makeFlags() {
  const flag = { $ref: '#/definitions/Feature' };
  const schema = { version: '1.0', type: 'object', properties: { 'feature.list': flag, 'feature.half': flag } };
  const about = { owner: { team: 'bench' }, created_at: '2024-01-01' };
  const condition = { property: 'organization_id', operator: 'in', value: LISTED };
  const options = {
    'feature.list': { ...about, segments: [{ name: 'listed', rollout: 100, conditions: [condition] }] },
    'feature.half': { ...about, segments: [{ name: 'half', rollout: 50, conditions: [] }] },
  };
  const directory = mkdtempSync(join(tmpdir(), 'sentry-options-bench-'));
  for (const [place, content] of [
    ['schemas/service/schema.json', schema],
    ['values/service/values.json', { options }],
  ]) {
    mkdirSync(join(directory, place, '..'), { recursive: true });
    writeFileSync(join(directory, place), JSON.stringify(content));
  }
  return directory;
}
