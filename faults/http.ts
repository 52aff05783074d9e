/** Requests of the tests: directly on node:http, each with its own sockets and a time limit. */
import { Agent, type IncomingHttpHeaders, request as sendRequest } from 'node:http';

export interface Answer {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
}

export interface Request {
  readonly method?: string;
  readonly headers?: Readonly<Record<string, string>>;
  /** A form. */
  readonly form?: Readonly<Record<string, string>> | URLSearchParams;
  /** Instead of a form. */
  readonly json?: unknown;
  /** Default: connections that are kept open, as many as needed. */
  readonly agent?: Agent;
  /** Default 30,000. The promise is rejected after that. */
  readonly timeoutMilliseconds?: number;
}

const keeping = new Agent({ keepAlive: true, maxSockets: Number.POSITIVE_INFINITY });

/**
 * Rejects if no complete answer came: the caller does not know whether the request had an effect.
 * Nothing is sent twice.
 */
export function send(address: string, request: Request = {}): Promise<Answer> {
  const { type, body } = renderBody(request);
  return new Promise((resolve, reject) => {
    const sent = sendRequest(address, {
      method: request.method ?? (body === undefined ? 'GET' : 'POST'),
      headers: {
        ...type,
        ...request.headers,
        'content-length': String(Buffer.byteLength(body ?? '')),
      },
      agent: request.agent ?? keeping,
      signal: AbortSignal.timeout(request.timeoutMilliseconds ?? 30_000),
    });
    sent.on('error', reject);
    sent.on('response', (response) => {
      const chunks: Buffer[] = [];
      response.on('data', (chunk: Buffer) => chunks.push(chunk));
      response.on('error', reject);
      response.on('end', () =>
        resolve({
          status: response.statusCode ?? 0,
          headers: response.headers,
          body: Buffer.concat(chunks).toString('utf8'),
        }),
      );
    });
    sent.end(body);
  });
}

function renderBody({ form, json }: Request) {
  if (json !== undefined)
    return { type: { 'content-type': 'application/json' }, body: JSON.stringify(json) };
  if (form === undefined) return { type: {}, body: undefined };
  return {
    type: { 'content-type': 'application/x-www-form-urlencoded' },
    body: new URLSearchParams(form).toString(),
  };
}
