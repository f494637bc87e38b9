/** One recipe, as `recipes.mjs` describes it. */
export interface Recipe {
  /** The name of its directory in `examples/`. */
  readonly name: string;
  /** The package of its framework. */
  readonly framework: string;
  /** Whether its packages are few, and the tests install them anyway. */
  readonly quick?: boolean;
}

/** All recipes, in the order of the page. */
export const RECIPES: readonly Recipe[];
