/** What to do about a flag that no code can mean. Runs in readers, once for each name; keeps none of the names that it reads. */
import { suggestSimilar } from '../common/similar-names.js';
import type { Absence } from '../features/compile.js';
import { REASON_TEXTS } from '../features/evaluation.js';
import { FLAG_PREFIX } from '../features/feature.js';
import type { CatalogNamespace } from '../names/catalog.js';
import { listFlagNames } from '../view/namespace-cache.js';
import type { StoreView } from '../view/view.js';

/** Says why the flag `name` is absent from the namespace of `names`, and which name is probably meant. */
export function adviseOnFlag(
  view: StoreView,
  names: CatalogNamespace | undefined,
  name: string,
  absence: Absence,
): string {
  const short = name.startsWith(FLAG_PREFIX) ? name.slice(FLAG_PREFIX.length) : name;
  const id = names?.idOf(FLAG_PREFIX + short);
  if (short !== name && id !== undefined && view.isFlag(id)) {
    return `here, names of flags have no '${FLAG_PREFIX}'; write '${short}'`;
  }
  const flags = names === undefined ? [] : listFlagNames(names, (index) => view.isFlag(index));
  return REASON_TEXTS[absence] + suggestSimilar(short, flags);
}
