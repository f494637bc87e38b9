/** The health of the options. */
import { Controller, Get } from '@nestjs/common';
import { status } from 'sentry-options';

@Controller('healthz')
export class HealthController {
  // Always 200: a restart would not fix rejected files, and a process without a watcher still serves its last values.
  @Get()
  health() {
    const { health, reason, generation, appliedAt } = status();
    return { health, reason, generation, appliedAt };
  }
}
