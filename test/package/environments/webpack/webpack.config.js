/** Builds one file for the program and one for the worker, which webpack finds by itself. */
export default {
  mode: 'production',
  target: 'node20.19',
  entry: './main.js',
  output: { filename: 'main.cjs', chunkFilename: '[name].cjs' },
  module: { parser: { javascript: { worker: ['Worker from node:worker_threads', '...'] } } },
};
