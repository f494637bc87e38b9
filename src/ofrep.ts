/** Entry point `sentry-options/ofrep`: serves flags to browsers and other services, in any thread that has a store. */

export type { OfrepConfig } from './ofrep/config.js';
export { createOfrepHandler, type OfrepHandler } from './ofrep/handler.js';
export { toNodeListener } from './ofrep/node-listener.js';
