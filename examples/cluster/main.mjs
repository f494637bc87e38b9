/**
 * `npm start`: two processes behind one port, which `PORT` may change. Each has a store of its own: memory is not shared
 * between processes. Ends on SIGTERM or SIGINT.
 */
import cluster from 'node:cluster';
import { createServer } from 'node:http';
import { close, init, options } from 'sentry-options';

const PROCESSES = 2;

if (cluster.isPrimary) {
  // Reads no options, and needs no store.
  for (let number = 0; number < PROCESSES; number++) cluster.fork();
  cluster.once('listening', (_worker, { port }) => console.log(`http://localhost:${port}`));
  for (const signal of ['SIGTERM', 'SIGINT']) process.once(signal, () => cluster.disconnect());
} else {
  // From the terminal, Ctrl-C goes to the whole group: the primary ends the others in order.
  process.on('SIGINT', () => {});
  init();
  const greeting = options('shop').option('greeting');
  const server = createServer((_request, response) => {
    response.setHeader('connection', 'close').end(`${process.pid}: ${greeting.value}\n`);
  });
  server.listen(Number(process.env.PORT ?? 8080), 'localhost');
  cluster.worker.once('disconnect', close);
}
