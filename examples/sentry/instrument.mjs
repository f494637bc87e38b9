/** Before anything else, as Sentry needs it. Prints what the errors carry; sends them only if there is a `SENTRY_DSN`. */
import * as Sentry from '@sentry/node';
import { sentryOptionsIntegration } from 'sentry-options/sentry';

const { SENTRY_DSN } = process.env;

Sentry.init({
  dsn: SENTRY_DSN ?? 'https://public@sentry.example.com/1',
  integrations: [sentryOptionsIntegration()],
  beforeSend(event) {
    const { flags, sentry_options: live } = event.contexts;
    console.log(`\n${event.exception.values.at(-1).value}`);
    for (const { flag, result } of flags.values) console.log(`  ${flag}: ${result ? 'on' : 'off'}`);
    console.log(`  generation ${live.generation}, ${live.health}, shop ${live.values.shop.slice(0, 12)}…`);
    return SENTRY_DSN === undefined ? null : event;
  },
});
