/**
 * A service that exposes the metrics of its options to Prometheus, on http://localhost:9464/metrics.
 * `SENTRY_OPTIONS_DIR` sets the options' directory, `PORT` the port. Ends on SIGTERM or SIGINT.
 */
import { createServer } from 'node:http';
import { metrics } from '@opentelemetry/api';
import { PrometheusExporter } from '@opentelemetry/exporter-prometheus';
import { MeterProvider } from '@opentelemetry/sdk-metrics';
import { close, init } from 'sentry-options';
import { instrument } from 'sentry-options/metrics';

// The exporter could start its own server. Most services have a server already.
const exporter = new PrometheusExporter({ preventServerStart: true });
const provider = new MeterProvider({ readers: [exporter] });
// Before instrument(), which gets its meter from the global provider.
metrics.setGlobalMeterProvider(provider);

init();
const measured = instrument();

const server = createServer((request, response) => {
  if (request.url === '/metrics') exporter.getMetricsRequestHandler(request, response);
  else response.writeHead(404).end();
});
server.listen(Number(process.env.PORT ?? 9464), 'localhost', () => {
  console.log(`http://localhost:${server.address().port}/metrics`);
});

for (const signal of ['SIGTERM', 'SIGINT']) process.once(signal, stop);

async function stop() {
  server.close();
  server.closeAllConnections();
  measured[Symbol.dispose]();
  await close();
  await provider.shutdown();
}
