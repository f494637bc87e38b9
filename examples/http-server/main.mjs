/**
 * `npm start`: a service that reads its options once per request. It prints its address (`PORT` sets the port).
 * Ends on SIGTERM or SIGINT.
 */
import Fastify from 'fastify';
import { close, init, snapshot, status } from 'sentry-options';

// First: a service with invalid options does not start.
init();

const server = Fastify();

// A request reads one version of all values, also after an `await` during which new values arrive.
server.decorateRequest('options', null);
server.addHook('onRequest', async (request) => {
  request.options = snapshot();
});

server.get('/', async ({ options, query }) => {
  const shop = options.namespace('shop');
  return {
    greeting: shop.get('greeting'),
    pageSize: shop.get('page-size'),
    newCheckout: options.features('shop').has('new-checkout', { customer: query.customer }),
  };
});

// Rejected files are no reason to restart: the process would not start with them. A dead watcher is: only a restart
// fixes it.
server.get('/healthz', async (_request, reply) => {
  const { health, reason, generation, appliedAt } = status();
  reply.code(health === 'crashed' ? 503 : 200);
  return { health, reason, generation, appliedAt };
});

console.log(await server.listen({ port: Number(process.env.PORT ?? 8080), host: 'localhost' }));

for (const signal of ['SIGTERM', 'SIGINT']) process.once(signal, stop);

async function stop() {
  await server.close();
  await close();
}
