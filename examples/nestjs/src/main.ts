/** `npm start`: builds and starts the shop. It logs its address; `PORT` sets the port. Ends on SIGTERM or SIGINT. */
import 'reflect-metadata';
import { ConsoleLogger, Logger } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { AppModule } from './app.module.js';
import { logRequest, pinOptions } from './request-options.js';

const app = await NestFactory.create(AppModule, { logger: new ConsoleLogger({ json: true }) });
app.use(logRequest, pinOptions);
// Nest closes the server, then calls `onApplicationShutdown`. Without `useProcessExit`, the process ends by the signal.
app.enableShutdownHooks(['SIGTERM', 'SIGINT'], { useProcessExit: true });
await app.listen(Number(process.env.PORT ?? 8080));
Logger.log(await app.getUrl());
