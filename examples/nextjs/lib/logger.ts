/** The log of the service. The store uses it, too. */
import { pino } from 'pino';

export const logger = pino();
