/** A notebook for agents. `ISSUER=… AUDIENCE=… PORT=… node main.ts` */
import { createServer } from 'node:http';
import { createApp } from './app.ts';

const {
  ISSUER = 'http://localhost:4000',
  PORT = '4003',
  HOST = '127.0.0.1',
  AUDIENCE = `http://localhost:${PORT}/mcp`,
} = process.env;

function log(line: string): void {
  process.stdout.write(`${new Date().toISOString()} ${line}\n`);
}

const app = createApp({
  issuer: ISSUER,
  audience: AUDIENCE,
  onRefusal: ({ reason, status, decision }) => log(`refused ${status} ${reason} ${decision}`),
  onFailed: (error) => log(`${ISSUER} cannot be asked: ${String(error)}`),
});

const server = createServer(app).listen(Number(PORT), HOST, () =>
  log(`${AUDIENCE} answers at ${HOST}:${PORT}, for tokens of ${ISSUER}`),
);
for (const signal of ['SIGINT', 'SIGTERM'])
  process.once(signal, () => {
    server.close();
    server.closeIdleConnections();
  });
