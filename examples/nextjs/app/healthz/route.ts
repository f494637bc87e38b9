/** The health of the options, for people and monitoring. */
import { status } from 'sentry-options';

export const dynamic = 'force-dynamic';

// Always 200: a restart would not fix rejected files, and a process without a watcher still serves its last values.
export function GET() {
  const { health, reason, generation, appliedAt } = status();
  return Response.json({ health, reason, generation, appliedAt });
}
