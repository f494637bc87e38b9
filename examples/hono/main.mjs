/**
 * `npm start`: a shop that reads its options and flags once for each request. It logs its address; `PORT` sets the
 * port. Ends on SIGTERM or SIGINT.
 */
import { serve } from '@hono/node-server';
import { Hono } from 'hono';
import { pino } from 'pino';
import { close, FeatureContext, init, snapshot, status } from 'sentry-options';

/** The flags that requests use. Each is evaluated once for each request, and is in the request's log. */
const FLAGS = ['new-checkout'];

const app = new Hono();
const logger = pino();

// A service with invalid options does not start. What the watcher reports later is in the service's log.
init({ logger });

// Always 200: a restart would not fix rejected files, and a process without a watcher still serves its last values.
// Above the middleware, so that probes are neither logged nor counted as uses of the flags.
app.get('/healthz', (c) => {
  const { health, reason, generation, appliedAt } = status();
  return c.json({ health, reason, generation, appliedAt });
});

// One generation for the whole request, also after an `await` during which new values arrive.
app.use(async (c, next) => {
  const pinned = snapshot();
  const context = new FeatureContext({ customer: c.req.header('x-customer') }, { identityFields: ['customer'] });
  const flags = pinned.features('shop').all(context, { only: FLAGS });
  c.set('options', pinned.namespace('shop').values);
  c.set('flags', flags);
  // Each line of the request says which values and flags it had.
  c.set('log', logger.child({ generation: pinned.generation, flags }));
  await next();
  c.var.log.info({ method: c.req.method, path: c.req.path, status: c.res.status }, 'request completed');
});

app.get('/', (c) => {
  const { options, flags } = c.var;
  return c.json({ greeting: options.greeting, pageSize: options['page-size'], newCheckout: flags['new-checkout'] });
});

app.post('/orders', async (c) => {
  const { options, flags } = c.var;
  const { items } = await c.req.json();
  return c.json({ greeting: options.greeting, items: items.length, newCheckout: flags['new-checkout'] });
});

const server = serve({ fetch: app.fetch, port: Number(process.env.PORT ?? 8080) }, ({ port }) =>
  logger.info(`http://localhost:${port}`),
);

for (const signal of ['SIGTERM', 'SIGINT']) process.once(signal, stop);

function stop() {
  // Answers the requests that have begun, takes no more, and then stops the watcher.
  server.close(() => close());
}
