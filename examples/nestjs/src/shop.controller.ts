/** The shop: options of the request's generation, and a flag by OpenFeature. */
import type { IncomingMessage } from 'node:http';
import { Body, Controller, Get, Post, Req } from '@nestjs/common';
import { BooleanFeatureFlag, type EvaluationDetails } from '@openfeature/nestjs-sdk';
import { firstValueFrom, type Observable } from 'rxjs';

type Flag = Observable<EvaluationDetails<boolean>>;
const NewCheckout = () => BooleanFeatureFlag({ flagKey: 'new-checkout', defaultValue: false });

@Controller()
export class ShopController {
  @Get()
  async page(@Req() { options }: IncomingMessage, @NewCheckout() newCheckout: Flag) {
    const { value } = await firstValueFrom(newCheckout);
    return { greeting: options.greeting, pageSize: options['page-size'], newCheckout: value };
  }

  @Post('orders')
  async order(
    @Req() { options }: IncomingMessage,
    @Body() { items }: { items: string[] },
    @NewCheckout() newCheckout: Flag,
  ) {
    const { value } = await firstValueFrom(newCheckout);
    return { greeting: options.greeting, items: items.length, newCheckout: value };
  }
}
