/**
 * Runs the engine's tests, and the packed package, on every supported Node version: `npm run test:nodes`, or
 * `npm run test:nodes -- 22 26`: all of these tests on the last one that is named, those of threads and files on the others.
 * With `--install` it only installs the versions; with `--all` it runs all tests but those of the package, in full.
 */
import { execFileSync, spawnSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { installNode, VERSIONS } from './install-node.mjs';

const root = fileURLToPath(new URL('..', import.meta.url));
const ENGINE = ['test/unit', 'test/property', 'test/threads', 'test/process', 'test/package/environments.test.ts'];
/**
 * Tests that hardly depend on the version: of rules that are our own code (schemas, values, flags, text), of the command
 * line, of what others built on the library, and of examples and benchmarks. What threads, memory, files, processes and
 * the package do is tested on each version.
 */
const NOT_ENGINE = [
  'test/process/{bench*,cli-*,kubernetes-example,outages,overload,prometheus-*,telemetry}.test.ts',
  'test/property/{features,suspicious,usage,values}.property.test.ts',
  'test/threads/{differences,inspect-usage,metrics,ofrep*,openfeature*,reloads,vectors-files,vectors-flags}.test.ts',
  'test/unit/{check,cli-*,config,features,fuzz,history,hostile-text,inspect-page*,isolation,json,keeper,loop}.test.ts',
  'test/unit/{remote-*,rollout-*,schema,schema-flags,schema-values,status*,telemetry-settings}.test.ts',
  'test/unit/{text,vectors}.test.ts',
];
/**
 * What is tested on all but the newest of several versions: what starts, ends and shares threads, and reads files. The rest of
 * the engine's tests passes on the newest one, and on that of the whole suite.
 */
const BETWEEN = [
  'test/threads',
  'test/package/environments.test.ts',
  ...['lives', 'process', 'start', 'state'].map((name) => `test/process/${name}.test.ts`),
];
/** Tests of threads that are about rules of our own, or what a process answers. They pass on the versions around these. */
const NOT_BETWEEN = [
  'test/threads/{all-flags,confidential,context-limits,features*,inspect*,misplaced,odd-arguments}.test.ts',
  'test/threads/{overrides,pattern-flags*,stale-flags,suspicious,unset-flags,usage*,vectors-*}.test.ts',
];

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { all: { type: 'boolean' }, install: { type: 'boolean' } },
});
const versions = positionals.length > 0 ? positionals : ['20', '22', '24', '26'];
if (values.install) {
  for (const version of versions) installNode(version);
  process.exit();
}
let passed = 0;
let failed = 0;
for (const version of versions) {
  const isBetween = version !== versions.at(-1) && !values.all;
  const excluded = values.all ? [] : [...NOT_ENGINE, ...(isBetween ? NOT_BETWEEN : [])];
  const node = installNode(version);
  console.log(`\n# Node ${execFileSync(node, ['--version']).toString().trim()}`);
  const report = join(VERSIONS, `${version}.json`);
  const { status } = spawnSync(
    node,
    [
      'node_modules/vitest/vitest.mjs',
      'run',
      ...(isBetween ? BETWEEN : ENGINE),
      ...excluded.map((pattern) => `--exclude=${pattern}`),
      '--reporter=dot',
      '--reporter=json',
      `--outputFile=${report}`,
    ],
    {
      cwd: root,
      stdio: ['ignore', 'inherit', 'inherit'],
      // Tests of what fails only by chance repeat it less often.
      env: { ...process.env, ...(values.all ? {} : { FEW_ROUNDS: '1' }) },
    },
  );
  const { numPassedTests, numFailedTests } = JSON.parse(readFileSync(report, 'utf8'));
  console.log(`node ${version}: ${numPassedTests} passed, ${numFailedTests} failed`);
  passed += numPassedTests;
  failed += numFailedTests;
  // A test file that fails to load has no failed tests, and still counts as a failure.
  if (status !== 0 && numFailedTests === 0) failed++;
}
writeFileSync(join(VERSIONS, 'total.json'), JSON.stringify({ passed, failed }));
console.log(`\nengine, on Node ${versions.join(', ')}: ${passed} passed, ${failed} failed`);
process.exitCode = failed === 0 ? 0 : 1;
