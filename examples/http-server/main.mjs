/**
 * `npm start`: a service that takes its options anew with each request. It says its address, which `PORT` may change,
 * and ends on SIGTERM or SIGINT.
 */
import Fastify from 'fastify';
import { close, init, snapshot, status } from 'sentry-options';

// Before anything is served: a service whose options are not valid does not come up.
init();

const server = Fastify();

// All that a request reads is of one version, also after an `await` in which new values arrive.
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

// Refused files are no reason to restart, which would not come up with them. A dead watcher is: nothing else mends it.
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
