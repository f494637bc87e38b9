/**
 * The recipes: how each example is built and started, how its requests name the customer, and what its answers and its
 * log say. `run.mjs` runs all of them; recipes.test.ts runs the `quick` one, whose packages the tests install anyway.
 */

/** What the answers say, whichever form they have. */
const readJson = (text) => {
  const { greeting, newCheckout } = JSON.parse(text);
  return { greetings: [greeting], newCheckout };
};

/** A page: its greetings, of the layout and of the page, and its link. React puts comments between texts. */
const readPage = (html) => {
  const text = html.replaceAll('<!-- -->', '');
  return {
    greetings: [...text.matchAll(/<(?:h1|p)>([^<:]+)/g)].map(([, greeting]) => greeting),
    newCheckout: />New checkout</.test(text),
  };
};

const readLog = ({ generation, flags }) => ({ generation, newCheckout: flags['new-checkout'] });

/** Services whose requests have a body, which may arrive slowly. */
const SERVICE = {
  greetings: 1,
  readAnswer: readJson,
  identify: (customer) => ({ 'x-customer': customer }),
  readLog,
  end: { exitCode: 0, watcher: 'closed' },
};

export const RECIPES = [
  { ...SERVICE, name: 'fastify', framework: 'fastify', start: ['main.mjs'], quick: true },
  { ...SERVICE, name: 'express', framework: 'express', start: ['main.mjs'] },
  { ...SERVICE, name: 'hono', framework: 'hono', start: ['main.mjs'] },
  {
    ...SERVICE,
    name: 'nestjs',
    framework: '@nestjs/core',
    build: ['run', 'build'],
    start: ['dist/main.js'],
    // OpenFeature evaluates when the handler begins, so after the body has arrived.
    readsFlagsLate: true,
    readLog: ({ generation, flags }) => ({ generation, newCheckout: flags['new-checkout'].value }),
  },
  {
    name: 'nextjs',
    framework: 'next',
    build: ['run', 'build'],
    start: ['node_modules/next/dist/bin/next', 'start', '--port', '0'],
    greetings: 2,
    readAnswer: readPage,
    identify: (customer) => ({ cookie: `customer=${customer}` }),
    readLog,
    // A page has no body. It waits for this file.
    waitsFor: 'data/products.json',
    // Next.js exits by itself, with the code of the signal. The watcher is left to end with the process.
    end: { exitCode: 143, watcher: 'running' },
  },
];
