/** The service's own schema. Mostly it is read from the file that the image ships. */
export const schemas = {
  shop: {
    version: '1.0',
    type: 'object',
    properties: {
      shipping: {
        type: 'object',
        properties: { freeFrom: { type: 'integer' }, cost: { type: 'integer' } },
        default: { freeFrom: 5000, cost: 490 },
        description: 'What sending an order costs, in cents.',
      },
      'feature.new-checkout': { $ref: '#/definitions/Feature' },
    },
  },
};
