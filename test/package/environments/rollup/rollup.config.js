/** The library is bundled; what Node brings is not. */
import { nodeResolve } from '@rollup/plugin-node-resolve';

export default {
  input: ['main.js', 'worker.js'],
  external: /^node:/,
  plugins: [nodeResolve({ preferBuiltins: true })],
  output: { dir: 'dist' },
};
