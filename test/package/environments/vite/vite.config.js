/** A server's build with all its dependencies within. */
export default {
  build: { ssr: true, rollupOptions: { input: ['main.js', 'worker.js'] } },
  ssr: { noExternal: true },
};
