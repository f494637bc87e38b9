/**
 * `npm start`: a shop that reads its options and flags once for each request. It logs its address; `PORT` sets the
 * port. Ends on SIGTERM or SIGINT.
 */
import express from 'express';
import { pino } from 'pino';
import { pinoHttp } from 'pino-http';
import { close, FeatureContext, init, snapshot, status } from 'sentry-options';

/** The flags that requests use. Each is evaluated once for each request, and is in the request's log. */
const FLAGS = ['new-checkout'];

const app = express();
const logger = pino();

// A service with invalid options does not start. What the watcher reports later is in the service's log.
init({ logger });

// Always 200: a restart would not fix rejected files, and a process without a watcher still serves its last values.
// Above the middleware, so that probes are neither logged nor counted as uses of the flags.
app.get('/healthz', (_request, response) => {
  const { health, reason, generation, appliedAt } = status();
  response.json({ health, reason, generation, appliedAt });
});

app.use(pinoHttp({ logger }));

// One generation for the whole request, also after an `await` during which new values arrive.
app.use((request, _response, next) => {
  const pinned = snapshot();
  const context = new FeatureContext({ customer: request.get('x-customer') }, { identityFields: ['customer'] });
  request.options = pinned.namespace('shop').values;
  request.flags = pinned.features('shop').all(context, { only: FLAGS });
  // From here on, each line of the request says which values and flags it had.
  request.log.setBindings({ generation: pinned.generation, flags: request.flags });
  next();
});

// After the middleware, since reading a body may take a while.
app.use(express.json());

app.get('/', ({ options, flags }, response) => {
  response.json({ greeting: options.greeting, pageSize: options['page-size'], newCheckout: flags['new-checkout'] });
});

app.post('/orders', ({ options, flags, body }, response) => {
  response.json({ greeting: options.greeting, items: body.items.length, newCheckout: flags['new-checkout'] });
});

const server = app.listen(Number(process.env.PORT ?? 8080), (error) => {
  if (error) throw error;
  logger.info(`http://localhost:${server.address().port}`);
});

for (const signal of ['SIGTERM', 'SIGINT']) process.once(signal, stop);

function stop() {
  // Answers the requests that have begun, takes no more, and then stops the watcher.
  server.close(() => close());
}
