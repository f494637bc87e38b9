/** The limits of kubectl, with programs of that name that exceed them. */
import { chmodSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it, onTestFinished } from 'vitest';
import { anything } from '../../src/cli/remote/parse.js';
import { forwardPort, runKubectl } from '../../src/cli/rollout/kubectl.js';
import { temporaryDirectory } from '../support/base.js';

/** Makes a shell script the kubectl of this test. */
function install(script: string): void {
  const directory = temporaryDirectory();
  writeFileSync(join(directory, 'kubectl'), `#!/bin/sh\n${script}\n`);
  chmodSync(join(directory, 'kubectl'), 0o755);
  const { PATH } = process.env;
  process.env.PATH = `${directory}:${PATH}`;
  onTestFinished(() => {
    process.env.PATH = PATH;
  });
}

const get = (timeout?: number) => runKubectl(['get', 'pods'], undefined, anything, timeout);

it('A kubectl that never answers is killed, even if it ignores signals', async () => {
  install('trap "" TERM; echo waiting >&2; exec sleep 1000');
  await expect(get(200)).rejects.toThrow('kubectl get pods: it did not answer within 0.2 s');
  await expect(forwardPort('shop-1', 9300, undefined, 200)).rejects.toThrow(
    'kubectl port-forward pod/shop-1: it did not answer within 0.2 s',
  );
});

it('A kubectl that prints without end is killed', async () => {
  install('exec yes');
  await expect(get()).rejects.toThrow('kubectl get pods: it printed more than 67108864 bytes');
});
