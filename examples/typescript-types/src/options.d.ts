// Made by `sentry-options generate-types`. Do not edit it: change the schemas, and run that again.
import type { Feature } from 'sentry-options';

declare module 'sentry-options' {
  interface OptionTypes {
    shop: {
      'feature.new-checkout': Feature;
      /**
       * How many requests a customer may make.
       *
       * @default {"perMinute":100}
       */
      limits: { readonly burst?: number; readonly perMinute: number };
      /**
       * How many items a page shows.
       *
       * @default 20
       */
      'page-size': number;
    };
  }
}
