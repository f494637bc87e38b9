/**
 * `npm start`: a shop that reads its options and flags once for each request. It logs its address; `PORT` sets the
 * port. Ends on SIGTERM or SIGINT.
 */
import Fastify from 'fastify';
import { close, FeatureContext, init, snapshot, status } from 'sentry-options';

/** The flags that requests use. Each is evaluated once for each request, and is in the request's log. */
const FLAGS = ['new-checkout'];

const server = Fastify({ logger: true });

// A service with invalid options does not start. What the watcher reports later is in the service's log.
init({ logger: server.log });

// Always 200: a restart would not fix rejected files, and a process without a watcher still serves its last values.
server.get('/healthz', { logLevel: 'silent' }, async () => {
  const { health, reason, generation, appliedAt } = status();
  return { health, reason, generation, appliedAt };
});

server.register(async (shop) => {
  shop.decorateRequest('options', null);
  shop.decorateRequest('flags', null);

  // One generation for the whole request, also after an `await` during which new values arrive.
  shop.addHook('onRequest', async (request, reply) => {
    const pinned = snapshot();
    const context = new FeatureContext({ customer: request.headers['x-customer'] }, { identityFields: ['customer'] });
    request.options = pinned.namespace('shop').values;
    request.flags = pinned.features('shop').all(context, { only: FLAGS });
    // From here on, each line of the request says which values and flags it had.
    request.log = reply.log = request.log.child({ generation: pinned.generation, flags: request.flags });
  });

  shop.get('/', async ({ options, flags }) => ({
    greeting: options.greeting,
    pageSize: options['page-size'],
    newCheckout: flags['new-checkout'],
  }));

  // Fastify reads the body after `onRequest`, which may take a while.
  shop.post('/orders', async ({ options, flags, body }) => ({
    greeting: options.greeting,
    items: body.items.length,
    newCheckout: flags['new-checkout'],
  }));
});

// Fastify's default, localhost, cannot be reached from outside of a container.
await server.listen({ port: Number(process.env.PORT ?? 8080), host: '0.0.0.0' });

for (const signal of ['SIGTERM', 'SIGINT']) process.once(signal, stop);

async function stop() {
  // Answers the requests that have begun, and takes no more.
  await server.close();
  await close();
}
