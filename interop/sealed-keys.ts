/**
 * API keys at the running demonstration: sealed for one request, and useless for an attacker who
 * copies the request.
 */
import { createApiKeyFetch } from '@keywright/client';
import { describe, expect, it, vi } from 'vitest';
import type { Cast } from './cast.ts';
import { runKeywright } from './command.ts';

interface Answer {
  readonly status: number;
  readonly reason: unknown;
}

export function describeSealedKeys(cast: () => Cast): void {
  describe('API keys', () => {
    it('are what the background service calls with', async () => {
      const { client_id: client, id } = cast().demo.api_key;
      await vi.waitFor(
        async () => {
          const { output } = await list(cast(), client);
          const keys = JSON.parse(output) as readonly {
            readonly id: string;
            readonly lastUsedAt?: number;
          }[];
          expect(keys.find((key) => key.id === id)?.lastUsedAt).toBeTypeOf('number');
        },
        { timeout: 12_000, interval: 500 },
      );
    });

    it('are sealed for what the API publishes of itself (RFC 9728)', async () => {
      const { audience, api, issuer } = cast().demo;
      const metadata = (await fetchJson(`${api}/.well-known/oauth-protected-resource`)) as {
        readonly jwks_uri: string;
      };
      expect(metadata).toMatchObject({ resource: audience, authorization_servers: [issuer] });
      expect(await fetchJson(metadata.jwks_uri)).toMatchObject({
        keys: [{ use: 'enc', alg: 'ECDH-ES' }],
      });
    });

    it('work sealed, once: a copy is refused, there and at any other address', async () => {
      const address = `${cast().demo.api}/buildings`;
      expect(await ask(address, await seal(cast(), address))).toEqual({
        status: 200,
        reason: undefined,
      });
      const header = await seal(cast(), address);
      const [building = ''] = cast().demo.resources.allowed;
      expect(await ask(building, header)).toEqual({ status: 401, reason: 'sealed_key_misplaced' });
      expect((await ask(address, header)).status).toBe(200);
      expect(await ask(address, header)).toEqual({ status: 401, reason: 'sealed_key_replayed' });
    });

    it('are not taken in the clear', async () => {
      const header = `ApiKey ${cast().demo.api_key.api_key}`;
      const answer = await ask(`${cast().demo.api}/buildings`, header);
      expect(answer).toEqual({ status: 401, reason: 'api_key_plain' });
    });

    it('open no more than they were issued with, though their service may do more', async () => {
      const [building = ''] = cast().demo.resources.allowed;
      const address = `${building}/measurements`;
      const answer = await ask(address, await seal(cast(), address));
      expect(answer).toEqual({ status: 403, reason: 'scope_insufficient' });
      expect(cast().service.scope.split(' ')).toContain('measurements:read');
    });
  });
}

function list({ demo }: Cast, client: string) {
  return runKeywright(demo.configuration, 'api-keys', 'list', '--client', client, '--json');
}

/** The header that the client would send. It is not sent. */
async function seal({ demo }: Cast, address: string): Promise<string> {
  let header = '';
  const keep = async (input: string | URL | Request, init?: RequestInit): Promise<Response> => {
    const authorization = new Headers(init?.headers).get('authorization');
    if (authorization === null) return fetch(input, init);
    header = authorization;
    return new Response();
  };
  await createApiKeyFetch({ apiKey: demo.api_key.api_key, resource: demo.audience, fetch: keep })(
    address,
  );
  return header;
}

async function ask(address: string, authorization: string): Promise<Answer> {
  const response = await fetch(address, { headers: { authorization } });
  const { reason } = (await response.json()) as { readonly reason?: unknown };
  return { status: response.status, reason };
}

async function fetchJson(address: string): Promise<unknown> {
  const response = await fetch(address);
  expect(response.status).toBe(200);
  return response.json();
}
