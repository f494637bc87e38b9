/** Builds a server with all its dependencies bundled. */
export default {
  build: { ssr: true, rollupOptions: { input: ['main.js', 'worker.js'] } },
  ssr: { noExternal: true },
};
