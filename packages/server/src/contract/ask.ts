/**
 * Sends one request and reads one answer. Time and size are bounded. It follows no redirect,
 * decodes nothing and keeps no connection. It accepts an answer of any status.
 */
import { type IncomingMessage, request as httpRequest } from 'node:http';
import { request as httpsRequest } from 'node:https';

export interface Ask {
  readonly url: string;
  readonly method: string;
  /** Names and values alternate. A name may occur twice. */
  readonly headers: readonly string[];
  readonly body?: string | undefined;
}

export interface Answer {
  readonly status: number;
  /** Values by name in lower case, in the order of the answer. */
  readonly headers: ReadonlyMap<string, readonly string[]>;
  /** The part of the body that was read. */
  readonly body: string;
  /** Whether the body is longer than the part that was read. */
  readonly cut: boolean;
}

/** Says why there was no answer. */
export class NoAnswerError extends Error {
  constructor(message: string) {
    super(message);
    this.name = 'NoAnswerError';
  }
}

export interface AskLimits {
  readonly timeoutSeconds: number;
  readonly maxBodyBytes: number;
}

/** Rejects only with NoAnswerError. */
export type RequestSender = (ask: Ask) => Promise<Answer>;

export function createRequestSender({ timeoutSeconds, maxBodyBytes }: AskLimits): RequestSender {
  return async (ask) => {
    const signal = AbortSignal.timeout(timeoutSeconds * 1000);
    try {
      const response = await open(ask, signal);
      return { ...headOf(response), ...(await readBody(response, maxBodyBytes)) };
    } catch (error) {
      throw new NoAnswerError(
        signal.aborted ? `no answer within ${timeoutSeconds} s` : reasonOf(error),
      );
    }
  };
}

function open({ url, method, headers, body }: Ask, signal: AbortSignal): Promise<IncomingMessage> {
  const { protocol, host } = new URL(url);
  const send = protocol === 'https:' ? httpsRequest : httpRequest;
  const own = ['host', host, 'user-agent', 'keywright-contract', 'accept-encoding', 'identity'];
  const length = body === undefined ? [] : ['content-length', String(Buffer.byteLength(body))];
  return new Promise((resolve, reject) => {
    send(url, { method, headers: [...own, ...length, ...headers], agent: false, signal })
      .on('response', resolve)
      // An answer that changes the protocol cannot be checked.
      .on('upgrade', (_response, socket) =>
        reject(socket.destroy().errored ?? new Error('upgrade')),
      )
      .on('error', reject)
      .end(body);
  });
}

function headOf({
  statusCode = 0,
  rawHeaders,
}: IncomingMessage): Pick<Answer, 'status' | 'headers'> {
  const headers = new Map<string, string[]>();
  for (let at = 0; at < rawHeaders.length; at += 2) {
    const name = (rawHeaders[at] ?? '').toLowerCase();
    headers.set(name, [...(headers.get(name) ?? []), rawHeaders[at + 1] ?? '']);
  }
  return { status: statusCode, headers };
}

async function readBody(
  response: IncomingMessage,
  maxBytes: number,
): Promise<Pick<Answer, 'body' | 'cut'>> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of response as AsyncIterable<Buffer>) {
    chunks.push(chunk);
    size += chunk.length;
    if (size > maxBytes) break;
  }
  response.destroy();
  return {
    body: Buffer.concat(chunks).subarray(0, maxBytes).toString('utf8'),
    cut: size > maxBytes,
  };
}

const reasons: Readonly<Record<string, string>> = {
  ECONNREFUSED: 'no server listens at this address',
  ECONNRESET: 'the connection was cut',
  ENOTFOUND: 'the host does not exist',
  EAI_AGAIN: 'the name could not be looked up',
  HPE_HEADER_OVERFLOW: 'the head of the answer is too long',
};

function reasonOf(error: unknown): string {
  const { code = '' } = error as NodeJS.ErrnoException;
  if (code.startsWith('HPE_'))
    return reasons[code] ?? 'the server at this address does not speak HTTP';
  if (/CERT|TLS|SSL/.test(code)) return `the connection is not secure (${code})`;
  return reasons[code] ?? `it could not be reached${code === '' ? '' : ` (${code})`}`;
}
