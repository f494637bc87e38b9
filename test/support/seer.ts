/** A base directory with the namespace `seer`: two options, of which one is set, and two flags, of which one is set. */
import { Base, integer, string } from './base.js';

/** @param flag the value of `feature.new-ui` */
export function makeSeer(flag: object): Base {
  const base = new Base({
    seer: {
      'max-retries': integer(3),
      host: string('localhost'),
      'feature.new-ui': { $ref: '#/definitions/Feature' },
      'feature.unset': { $ref: '#/definitions/Feature' },
    },
  });
  base.writeValues('seer', { 'max-retries': 7, 'feature.new-ui': flag });
  return base;
}
