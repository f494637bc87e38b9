/** Bundles the program and its worker into one file each, as ES modules, or as CommonJS with `--configFormat cjs`. */
import { nodeResolve } from '@rollup/plugin-node-resolve';

/** Tells Node the format of the files in `dist/`: their names are in the program. */
const declareFormat = (type) => ({
  name: 'declare-format',
  generateBundle() {
    this.emitFile({ type: 'asset', fileName: 'package.json', source: JSON.stringify({ type }) });
  },
});

export default ({ configFormat: format = 'es' }) =>
  ['main.js', 'worker.js'].map((input) => ({
    input,
    external: /^node:/,
    plugins: [nodeResolve({ preferBuiltins: true }), declareFormat(format === 'cjs' ? 'commonjs' : 'module')],
    output: { file: `dist/${input}`, format },
  }));
