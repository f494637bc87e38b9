/** The code under test: a service that reads options when it needs them. */
import { options } from 'sentry-options';

/** The service's schema, as its image ships it. */
export const schemas = {
  seer: {
    version: '1.0',
    type: 'object',
    properties: {
      'max-attempts': { type: 'integer', default: 3, description: 'How often a job is tried.' },
      limits: {
        type: 'object',
        properties: { perMinute: { type: 'integer' }, tiers: { type: 'array', items: { type: 'string' } } },
        default: { perMinute: 100, tiers: ['free'] },
        description: 'What a customer may ask for.',
      },
      'feature.summaries': { $ref: '#/definitions/Feature' },
    },
  },
};

/** Runs `job` until it succeeds, or has been tried as often as the option's current value allows. */
export async function attempt(job) {
  for (let count = 1; ; count++) {
    try {
      return await job();
    } catch (error) {
      if (count >= options('seer').get('max-attempts')) throw error;
    }
  }
}

/** Whether a customer of `tier` who has made `made` requests in this minute may make another. */
export function isAllowed(tier, made) {
  const { perMinute, tiers } = options('seer').get('limits');
  return tiers.includes(tier) && made < perMinute;
}
