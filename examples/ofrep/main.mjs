/**
 * `npm start`: a shop whose page has its flags from the first paint on, and follows their changes. It prints its address
 * (`PORT` sets the port). Ends on SIGTERM or SIGINT.
 */
import { randomUUID } from 'node:crypto';
import { createServer } from 'node:http';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';
import { close, FeatureContext, features, init } from 'sentry-options';
import { createOfrepHandler, toNodeListener } from 'sentry-options/ofrep';

init();

/** What leaves the service: these names, and whether each is on. */
const FLAGS = ['new-checkout', 'dark-mode'];
const IDENTITY = ['customer'];

/** The sessions of customers who have signed in. */
const sessions = new Map([
  ['session-of-ada', { customer: 'ada', email: 'ada@shop.example' }],
  ['session-of-bob', { customer: 'bob', email: 'bob@mail.example' }],
]);

/** What the service knows of a visitor, by the session alone: a page can send anything. */
function findVisitor(cookies = '') {
  const session = /(?:^|; )session=([\w-]+)/.exec(cookies)?.[1];
  return sessions.get(session) ?? { customer: session };
}

const answerFlags = toNodeListener(
  createOfrepHandler({
    namespace: 'shop',
    flags: FLAGS,
    targetingKeyProperty: 'customer',
    identityFields: IDENTITY,
    context: (request) => findVisitor(request.headers.get('cookie') ?? ''),
  }),
);

function answerPage(request, response) {
  let visitor = findVisitor(request.headers.cookie);
  if (visitor.customer === undefined) {
    // A visitor without a session gets one, so that the next page has the same rollouts.
    visitor = { customer: randomUUID() };
    response.setHeader('set-cookie', `session=${visitor.customer}; HttpOnly; SameSite=Lax; Path=/`);
  }
  const flags = features('shop').all(new FeatureContext(visitor, { identityFields: IDENTITY }), { only: FLAGS });
  response.setHeader('content-type', 'text/html; charset=utf-8');
  response.setHeader('cache-control', 'no-store');
  response.end(`<!doctype html>
<html lang="en">
  <title>Shop</title>
  <link rel="icon" href="data:," />
  <script>window.flags = ${JSON.stringify(flags).replaceAll('<', '\\u003c')}</script>
  <script type="module" src="/client.js"></script>
  <body>
    <p id="checkout">${flags['new-checkout'] ? 'New checkout' : 'Old checkout'}</p>
  </body>
</html>`);
}

const { outputFiles } = await build({
  entryPoints: [fileURLToPath(new URL('client.mjs', import.meta.url))],
  bundle: true,
  format: 'esm',
  minify: true,
  write: false,
});

const server = createServer((request, response) => {
  if (request.url === '/') return answerPage(request, response);
  if (request.url !== '/client.js') return answerFlags(request, response);
  response.setHeader('content-type', 'text/javascript; charset=utf-8');
  response.end(outputFiles[0].text);
});
server.listen(Number(process.env.PORT ?? 8080), 'localhost', () => {
  console.log(`http://localhost:${server.address().port}`);
});

for (const signal of ['SIGTERM', 'SIGINT']) process.once(signal, stop);

async function stop() {
  server.close();
  server.closeAllConnections();
  await close();
}
