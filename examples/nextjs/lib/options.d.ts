// Made by `sentry-options generate-types`. Do not edit it: change the schemas, and run that again.
import type { Feature } from 'sentry-options';

declare module 'sentry-options' {
  interface OptionTypes {
    shop: {
      'feature.new-checkout': Feature;
      /**
       * What the shop says to a customer.
       *
       * @default "Hello"
       */
      greeting: string;
      /**
       * How many items a page shows.
       *
       * @default 20
       */
      'page-size': number;
    };
  }
}
