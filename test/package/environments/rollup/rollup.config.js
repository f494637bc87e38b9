/** Bundles the library, but not Node's modules. */
import { nodeResolve } from '@rollup/plugin-node-resolve';

export default {
  input: ['main.js', 'worker.js'],
  external: /^node:/,
  plugins: [nodeResolve({ preferBuiltins: true })],
  output: { dir: 'dist' },
};
