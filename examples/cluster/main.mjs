/**
 * `npm start`: two processes serve one port (`PORT`). Processes share no memory, so each has its own store.
 * Ends on SIGTERM or SIGINT.
 */
import cluster from 'node:cluster';
import { createServer } from 'node:http';
import { close, init, options } from 'sentry-options';

const PROCESSES = 2;

if (cluster.isPrimary) {
  // The primary reads no options, so it needs no store.
  for (let number = 0; number < PROCESSES; number++) cluster.fork();
  cluster.once('listening', (_worker, { port }) => console.log(`http://localhost:${port}`));
  for (const signal of ['SIGTERM', 'SIGINT']) process.once(signal, () => cluster.disconnect());
} else {
  // Ctrl-C in a terminal signals the whole process group. The primary shuts the workers down in order.
  process.on('SIGINT', () => {});
  init();
  const greeting = options('shop').option('greeting');
  const server = createServer((_request, response) => {
    response.setHeader('connection', 'close').end(`${process.pid}: ${greeting.value}\n`);
  });
  server.listen(Number(process.env.PORT ?? 8080), 'localhost');
  cluster.worker.once('disconnect', close);
}
