/** An API of five lines behind the guard, over real HTTP, with a clock that tests move. */
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { createGuard, type Guard, type GuardOptions } from '@keywright/guard';
import { audience, scope } from './foreign-issuer.ts';

export interface Asked {
  readonly status: number;
  /** Of a refusal. */
  readonly reason: string | undefined;
  readonly caller: Readonly<Record<string, unknown>> | undefined;
  readonly challenge: string | null;
}

export interface GuardedApi {
  readonly guard: Guard;
  readonly origin: string;
  ask(token: string): Promise<Asked>;
  /** Moves the guard's clock. */
  pass(seconds: number): void;
  /** The error of a request to an issuer. */
  readonly failures: readonly unknown[];
  stop(): void;
}

export async function startGuardedApi(
  issuer: GuardOptions['issuer'],
  options: Partial<GuardOptions> = {},
): Promise<GuardedApi> {
  let ahead = 0;
  const failures: unknown[] = [];
  const guard = createGuard({
    issuer,
    audience,
    clock: () => Date.now() + ahead,
    onFailed: (error) => failures.push(error),
    ...options,
  });
  const listener = guard.node({ scope }, (_request, response, { caller }) => {
    response.writeHead(200, { 'content-type': 'application/json' });
    response.end(
      JSON.stringify({ caller: { ...caller, scopes: [...caller.scopes], claims: undefined } }),
    );
  });
  const server = createServer((request, response) => void listener(request, response));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  return {
    guard,
    origin,
    ask: (token) => ask(origin, token),
    pass(seconds) {
      ahead += seconds * 1000;
    },
    failures,
    stop() {
      server.close();
      server.closeAllConnections();
    },
  };
}

async function ask(origin: string, token: string): Promise<Asked> {
  const response = await fetch(origin, { headers: { authorization: `Bearer ${token}` } });
  const body = (await response.json()) as { reason?: string; caller?: Record<string, unknown> };
  return {
    status: response.status,
    reason: body.reason,
    caller: body.caller,
    challenge: response.headers.get('www-authenticate'),
  };
}
