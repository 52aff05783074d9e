/**
 * Heatlens by Nordwind Analytics: a web application that reads people's data at a platform, with
 * their consent.
 */
import { createServer } from 'node:http';
import { createAuthorization } from './authorization.ts';
import { parseSettings } from './settings.ts';
import { createApplication } from './web.ts';

function start(): void {
  const settings = parseSettings(process.env);
  const server = createServer(createApplication(settings, createAuthorization(settings)));
  server.on('error', (error) => fail(`Cannot listen on port ${settings.port}: ${error.message}`));
  server.listen(settings.port, settings.host, () =>
    process.stdout.write(`Heatlens answers at ${settings.redirectUri.origin}\n`),
  );
  for (const signal of ['SIGINT', 'SIGTERM']) {
    process.once(signal, () => {
      server.close(() => process.exit(0));
      server.closeIdleConnections();
      setTimeout(() => server.closeAllConnections(), 2_000).unref();
    });
  }
}

function fail(sentence: string): void {
  process.stderr.write(`${sentence}\n`);
  process.exitCode = 1;
}

try {
  start();
} catch (error) {
  fail(error instanceof Error ? error.message : 'Heatlens cannot start.');
}
