/** The module of the shop: starts and ends the store, and gives OpenFeature its provider. */
import { Module, type OnApplicationShutdown } from '@nestjs/common';
import { OpenFeatureModule } from '@openfeature/nestjs-sdk';
import { close, init } from 'sentry-options';
import { SentryOptionsProvider } from 'sentry-options/openfeature';
import { HealthController } from './health.controller.js';
import { LogFlags, logRequest } from './request-options.js';
import { ShopController } from './shop.controller.js';

// Above the decorator: `forRoot` sets the provider, which needs the store. A service with invalid options does not start.
init({ logger: logRequest.logger });

@Module({
  imports: [
    OpenFeatureModule.forRoot({
      defaultProvider: new SentryOptionsProvider({ namespace: 'shop', targetingKeyProperty: 'customer' }),
      contextFactory: (execution) => ({ targetingKey: execution.switchToHttp().getRequest().headers['x-customer'] }),
      hooks: [new LogFlags()],
    }),
  ],
  controllers: [HealthController, ShopController],
})
export class AppModule implements OnApplicationShutdown {
  async onApplicationShutdown(): Promise<void> {
    await close();
  }
}
