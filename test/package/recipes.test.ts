/**
 * Tests the recipes of docs/recipes.md: one runs here, with packages that the tests install anyway. `npm run
 * test:recipes` runs all of them, with the packed package.
 */
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { temporaryDirectory } from '../support/base.js';
import { installExample } from '../support/example.js';
import { CLEAN_ENVIRONMENT } from '../support/folder.js';
import { INSTALL_TIMEOUT } from '../support/install-locked.js';
import { read, root } from '../support/pages.js';
import { runCli } from '../support/run-cli.js';
import { check } from './recipes/check.mjs';
import { linkInstalled } from './recipes/install.mjs';
import { RECIPES } from './recipes/recipes.mjs';

describe.each(RECIPES.filter(({ quick }) => quick))('examples/$name', (recipe) => {
  beforeAll(async () => {
    await installExample(recipe.name);
  }, INSTALL_TIMEOUT);

  it('Each request keeps its generation, the log names it, and SIGTERM ends the process after the last answer', async () => {
    const folder = temporaryDirectory();
    linkInstalled(recipe, folder);
    // Rejects if the recipe does anything else.
    await check(recipe, folder, CLEAN_ENVIRONMENT);
  });
});

it('The declarations of the recipes in TypeScript are those of their schema', async () => {
  const file = 'src/options.d.ts';
  const args = ['generate-types', '--schemas', 'sentry-options/schemas', '--out', file, '--check'];
  expect(await runCli(args, { cwd: join(root, 'examples/nestjs') })).toMatchObject({ code: 0 });
  expect(read('examples/nextjs/lib/options.d.ts')).toBe(read(`examples/nestjs/${file}`));
});

it('All recipes have one schema and one set of values', () => {
  for (const file of ['schemas/shop/schema.json', 'values/shop/values.json']) {
    const texts = RECIPES.map(({ name }) => read(`examples/${name}/sentry-options/${file}`));
    expect(new Set(texts).size).toBe(1);
  }
});

it('docs/recipes.md has a row for each recipe, with the version of its framework', () => {
  const rows = [...read('docs/recipes.md').matchAll(/^\| \[[\w.]+\]\(#(\w+)\) (\d+) \| /gm)];
  const versions = RECIPES.map(({ name, framework }) => {
    const { dependencies } = JSON.parse(read(`examples/${name}/package.json`)) as {
      dependencies: Record<string, string>;
    };
    return [name, /\d+/.exec(dependencies[framework] as string)?.[0]];
  });
  expect(rows.map(([, name, major]) => [name, major])).toEqual(versions);
});
