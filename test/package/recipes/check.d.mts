/** Runs one recipe, for recipes.test.ts. */
import type { Recipe } from './recipes.mjs';

/** Rejects if the recipe in `folder` does anything else than its page says. */
export function check(recipe: Recipe, folder: string, env: NodeJS.ProcessEnv): Promise<void>;
