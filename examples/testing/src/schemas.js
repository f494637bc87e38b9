/** The service's own schema. Usually a test reads it from the file that the image ships. */
export const schemas = {
  shop: {
    version: '1.0',
    type: 'object',
    properties: {
      shipping: {
        type: 'object',
        properties: { freeFrom: { type: 'integer' }, cost: { type: 'integer' } },
        default: { freeFrom: 5000, cost: 490 },
        description: 'What shipping an order costs, in cents.',
      },
      'feature.new-checkout': { $ref: '#/definitions/Feature' },
    },
  },
};
