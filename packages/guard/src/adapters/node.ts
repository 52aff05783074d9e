/** The guard on node:http. A request with a known token is let through in the same turn, without a promise. */
import type { IncomingMessage, ServerResponse } from 'node:http';
import {
  accessTokensIn,
  accessTokensOf,
  isForm,
  mayCarryForm,
  withoutAccessToken,
} from './access-token-parameter.ts';
import type { RefusalAnswer } from './answer.ts';
import type { Credentials } from './credentials.ts';
import { GuardRefusal } from './guard-refusal.ts';
import type { Access, Route } from './route.ts';

export type NodeHandler<Resource, Optional extends boolean> = (
  request: IncomingMessage,
  response: ServerResponse,
  access: Access<Resource, Optional>,
) => unknown;

type Refuses = { refuse(error: unknown): RefusalAnswer };

export type NodeListener = (request: IncomingMessage, response: ServerResponse) => unknown;

/** The listener gives back what the handler does; errors of the handler are the caller's own, as without a guard. */
export function createNodeAdapter<Resource, Optional extends boolean>(
  route: Route<IncomingMessage, Resource, Optional>,
  maxFormBytes: number,
  handler: NodeHandler<Resource, Optional>,
): NodeListener {
  function admit(
    request: IncomingMessage,
    response: ServerResponse,
    form: URLSearchParams | undefined,
  ): unknown {
    let access: ReturnType<typeof route.admit>;
    try {
      access = route.admit(credentialsOf(request, form), request, form && withoutAccessToken(form));
    } catch (error) {
      return refuse(route, response, error);
    }
    if (!(access instanceof Promise)) return serve(request, response, access);
    return access.then(
      (late) => serve(request, response, late),
      (error: unknown) => refuse(route, response, error),
    );
  }

  function serve(
    request: IncomingMessage,
    response: ServerResponse,
    access: Access<Resource, Optional>,
  ): unknown {
    if (queryTokensOf(request) !== undefined) hideAddress(response);
    return handler(request, response, access);
  }

  return (request, response) => {
    // The method first: node builds its object of headers when it is first asked for one, and a GET need not pay that.
    if (!route.formToken || !mayCarryForm(request.method) || !isForm(request.headers['content-type'])) {
      return admit(request, response, undefined);
    }
    return readForm(request, maxFormBytes).then(
      (form) => admit(request, response, form),
      (error: unknown) => refuse(route, response, error),
    );
  };
}

function refuse(route: Refuses, response: ServerResponse, error: unknown): void {
  const { status, headers, body } = route.refuse(error);
  // What is left of a body that is too large is not read: the connection cannot be used again.
  if (status === 413) response.setHeader('connection', 'close');
  response.writeHead(status, headers).end(body);
}

/** RFC 6750 §2.3: the address holds a token, so neither it nor the answer may stay anywhere. */
function hideAddress(response: ServerResponse): void {
  response.setHeader('cache-control', 'no-store');
  response.setHeader('referrer-policy', 'no-referrer');
}

function credentialsOf(request: IncomingMessage, form: URLSearchParams | undefined): Credentials {
  return {
    authorizationHeader: authorizationOf(request),
    formTokens: form && accessTokensOf(form),
    queryTokens: queryTokensOf(request),
  };
}

const headerName = 'authorization';

/** `request.headers` keeps the first of two Authorization headers in silence; the raw list has both. */
function authorizationOf({ rawHeaders }: IncomingMessage): string | undefined {
  let found: string | undefined;
  for (let at = 0; at < rawHeaders.length; at += 2) {
    const name = rawHeaders[at] ?? '';
    if (name.length !== headerName.length || name.toLowerCase() !== headerName) continue;
    const value = rawHeaders[at + 1] ?? '';
    found = found === undefined ? value : `${found}, ${value}`;
  }
  return found;
}

function queryTokensOf({ url = '' }: IncomingMessage): readonly string[] | undefined {
  const start = url.indexOf('?');
  return start === -1 ? undefined : accessTokensIn(url.slice(start + 1));
}

function readForm(request: IncomingMessage, maxBytes: number): Promise<URLSearchParams> {
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = [];
    let size = 0;
    function take(chunk: Buffer): void {
      size += chunk.length;
      if (size <= maxBytes) return void chunks.push(chunk);
      request.off('data', take).pause();
      reject(new GuardRefusal('body_too_large'));
    }
    request
      .on('data', take)
      .on('end', () => resolve(new URLSearchParams(Buffer.concat(chunks).toString('utf8'))))
      // The other side has gone: whatever is answered, nobody reads it.
      .on('error', reject);
  });
}
