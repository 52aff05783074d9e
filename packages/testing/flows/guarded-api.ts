/**
 * The buildings API behind the guard, in this process. It uses the server of the test and the clock
 * of the test.
 */
import { createGuard, type Guard, type GuardOptions, type RefusalEvent } from '@keywright/guard';
import {
  generateDecryptionKey,
  type Outbound,
  OutboundError,
  type OutboundReply,
  type OutboundRequest,
} from '@keywright/jwt';
import type { TestPlatform } from '../src/index.ts';
import { buildings } from './sunrise.ts';

export interface GuardedApi {
  readonly guard: Guard;
  /**
   * A `fetch` that ends at the API. Its route accepts sealed keys and tokens with `buildings:read`.
   */
  readonly fetch: (input: string | URL | Request, init?: RequestInit) => Promise<Response>;
  readonly refusals: readonly RefusalEvent[];
  /** The paths that were requested from the server, with methods. */
  readonly asked: readonly string[];
  /** Disconnects the API from the server. */
  cutOff(isOff: boolean): void;
}

export function createGuardedApi(
  platform: TestPlatform,
  options: Partial<GuardOptions> = {},
): GuardedApi {
  const refusals: RefusalEvent[] = [];
  const asked: string[] = [];
  let isOff = false;
  const outbound = createOutboundTo(platform, (what) => {
    asked.push(what);
    if (isOff) throw new OutboundError('unreachable', 'cut off');
  });
  const client = { id: 'buildings-api', secret: platform.secrets.get('buildings-api') ?? '' };
  const guard = createGuard({
    audience: buildings,
    issuer: { issuer: platform.issuer, client },
    apiKeys: { decryptionKeys: [generateDecryptionKey()] },
    outbound,
    clock: () => platform.clock.nowSeconds() * 1000,
    onRefusal: (event) => refusals.push(event),
    ...options,
  });
  const building = guard.fetch({ scope: 'buildings:read' }, (_request, { caller }) =>
    Response.json({ clientId: caller.clientId, scopes: [...caller.scopes] }),
  );
  return {
    guard,
    refusals,
    asked,
    cutOff: (off) => {
      isOff = off;
    },
    async fetch(input, init) {
      const request = new Request(input, init);
      const document = guard.wellKnown(new URL(request.url).pathname);
      if (document !== undefined) return new Response(document.body, document);
      return building(request, { remoteAddress: '192.0.2.7' });
    },
  };
}

function createOutboundTo(platform: TestPlatform, tell: (what: string) => void): Outbound {
  async function send(url: string, request: OutboundRequest): Promise<OutboundReply> {
    const { method = 'GET', headers = {}, body = '' } = request;
    tell(`${method} ${new URL(url).pathname}`);
    const browser = platform.browser();
    const answer = await (method === 'GET'
      ? browser.get(url, headers)
      : browser.post(new URL(url).pathname, body, headers));
    const { status } = answer;
    if (status !== 200 && status !== 204 && status !== 304)
      throw new OutboundError('status_wrong', String(status));
    return { status, text: answer.body, etag: answer.headers['etag'], maxAgeSeconds: undefined };
  }
  return {
    send,
    fetchJson: async (url) => {
      const { text } = await send(url, { accept: 'application/json' });
      return { body: JSON.parse(text) as unknown, maxAgeSeconds: undefined };
    },
  };
}
