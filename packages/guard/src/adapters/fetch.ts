/** The guard on web-standard requests and responses, as Hono, Deno, Bun and service workers speak them. */
import {
  accessTokensIn,
  accessTokensOf,
  isForm,
  mayCarryForm,
  withoutAccessToken,
} from './access-token-parameter.ts';
import { GuardRefusal } from './guard-refusal.ts';
import type { Access, Route } from './route.ts';

export type FetchHandler<Resource, Optional extends boolean> = (
  request: Request,
  access: Access<Resource, Optional>,
) => Response | Promise<Response>;

/** Rejects only with what the handler throws. */
export function createFetchAdapter<Resource, Optional extends boolean>(
  route: Route<Request, Resource, Optional>,
  maxFormBytes: number,
  handler: FetchHandler<Resource, Optional>,
): (request: Request) => Promise<Response> {
  async function admit(request: Request, queryTokens: readonly string[] | undefined) {
    const form = await readForm(request, route.formToken, maxFormBytes);
    const credentials = {
      authorizationHeader: request.headers.get('authorization') ?? undefined,
      formTokens: form && accessTokensOf(form),
      queryTokens,
    };
    return route.admit(credentials, request, form && withoutAccessToken(form));
  }

  return async (request) => {
    const queryTokens = queryTokensOf(request.url);
    let access: Access<Resource, Optional>;
    try {
      access = await admit(request, queryTokens);
    } catch (error) {
      const { status, headers, body } = route.refuse(error);
      return new Response(body, { status, headers });
    }
    const response = await handler(request, access);
    return queryTokens === undefined ? response : hideAddress(response);
  };
}

/** RFC 6750 §2.3: the address holds a token, so neither it nor the answer may stay anywhere. */
function hideAddress(response: Response): Response {
  // The headers of a fetched response cannot be changed, those of a copy can.
  const copy = new Response(response.body, response);
  copy.headers.set('cache-control', 'no-store');
  copy.headers.set('referrer-policy', 'no-referrer');
  return copy;
}

function queryTokensOf(url: string): readonly string[] | undefined {
  const start = url.indexOf('?');
  const end = url.indexOf('#', start);
  return start === -1 ? undefined : accessTokensIn(url.slice(start + 1, end === -1 ? undefined : end));
}

/** Reads a copy: the handler may read the body again. */
async function readForm(
  request: Request,
  formToken: boolean,
  maxBytes: number,
): Promise<URLSearchParams | undefined> {
  if (!formToken || !mayCarryForm(request.method) || !isForm(request.headers.get('content-type')))
    return undefined;
  return new URLSearchParams(await readText(request.clone(), maxBytes));
}

async function readText({ body }: Request, maxBytes: number): Promise<string> {
  if (body === null) return '';
  const chunks: Uint8Array[] = [];
  let size = 0;
  // Cancelling one of two copies waits for the other to be cancelled as well, and nobody would.
  for await (const chunk of body.values({ preventCancel: true })) {
    size += chunk.length;
    if (size > maxBytes) throw new GuardRefusal('body_too_large');
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString('utf8');
}
