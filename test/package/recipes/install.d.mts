/** Installs one recipe, for recipes.test.ts. */
import type { Recipe } from './recipes.mjs';

/** Links the packages that are installed in the example, and this repository as the library. */
export function linkInstalled(recipe: Recipe, folder: string): void;
