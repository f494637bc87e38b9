/** Tests in which asynchronous context functions of the host run, and that no request is kept by what outlives it. */
import { expect, it } from 'vitest';
import { Base, integer } from '../support/base.js';
import { runScript } from '../support/run.js';

/** The other way in which this version of Node can keep contexts; undefined if it has one way only. */
const otherWay = ['--no-async-context-frame', '--experimental-async-context-frame'].find((flag) =>
  process.allowedNodeEnvironmentFlags.has(flag),
);

const CASES: [string, string[]][] = [
  ['static', []],
  ['lazy', []],
];
if (otherWay !== undefined) CASES.push(['lazy', [otherWay]]);

it.each(CASES)(
  'A listener runs in the context of its registration, and all else in none, if the import is %s, with flags %j',
  async (when, flags) => {
    const base = new Base({ seer: { number: integer(1) } });
    base.writeValues('seer', {});
    const { stdout, ...outcome } = await runScript('contexts.mjs', {
      arguments: [when, base.valuesFile('seer')],
      nodeArguments: ['--expose-gc', ...flags],
      env: { SENTRY_OPTIONS_DIR: base.directory },
    });
    expect(outcome).toEqual({ code: 0, signal: null, stderr: '' });
    expect(JSON.parse(stdout)).toEqual({
      ran: {
        logger: 'none',
        onPropagation: 'none',
        OpenFeature: 'none',
        'first listener': 'listens first',
        'second listener': 'listens second',
        iterator: 'iterates',
      },
      collected: [
        'attaches',
        'blocks',
        'evaluates',
        'finds',
        'follows',
        'iterates',
        'listens first',
        'listens second',
        'measures',
        'reopens',
        'starts',
        'waits',
      ],
    });
  },
);
