/**
 * `fetch` for a server whose certificate no public authority signed, with a client certificate
 * where one is to be shown.
 */
import { type IncomingMessage, request as requestPlain } from 'node:http';
import { request, type RequestOptions } from 'node:https';
import { buffer } from 'node:stream/consumers';

export interface TlsChoice {
  /** PEM: whose signature the server's certificate has, or that certificate itself. */
  readonly ca: string;
  /** PEM, both: what the client shows of itself. */
  readonly cert?: string;
  readonly key?: string;
}

/**
 * A connection for each request, so that each shows the certificate of its own caller. Redirects
 * are not followed.
 */
export function createTlsFetch(choice: TlsChoice): typeof fetch {
  return createNodeFetch({ ...choice, agent: false });
}

/**
 * By Node's own client: these options and headers go with each request, and no header is added that
 * a browser would not send.
 */
export function createNodeFetch(
  options: RequestOptions,
  more: Readonly<Record<string, string>> = {},
): typeof fetch {
  return async (input, init) => {
    const asked = new Request(input, init);
    const body = Buffer.from(await asked.arrayBuffer());
    const headers = {
      ...Object.fromEntries(asked.headers),
      ...more,
      'content-length': String(body.length),
    };
    const answer = await send(
      new URL(asked.url),
      { ...options, method: asked.method, headers },
      body,
    );
    return new Response(await bodyOf(answer), {
      status: answer.statusCode ?? 0,
      headers: headersOf(answer),
    });
  };
}

function send(url: URL, options: RequestOptions, body: Buffer): Promise<IncomingMessage> {
  return new Promise((resolve, reject) => {
    const begin = url.protocol === 'https:' ? request : requestPlain;
    begin(url, options, resolve).once('error', reject).end(body);
  });
}

/** RFC 9110 §15.3.5, §15.4.5: neither has one, and Response takes none then. */
async function bodyOf(answer: IncomingMessage): Promise<Uint8Array<ArrayBuffer> | null> {
  const bytes = await buffer(answer);
  return answer.statusCode === 204 || answer.statusCode === 304 ? null : new Uint8Array(bytes);
}

function headersOf({ headersDistinct }: IncomingMessage): [string, string][] {
  return Object.entries(headersDistinct).flatMap(([name, values = []]) =>
    values.map((value): [string, string] => [name, value]),
  );
}
