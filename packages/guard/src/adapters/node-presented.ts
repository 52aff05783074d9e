/** The facts of a node:http request, for every framework that is based on it. */
import type { IncomingMessage } from 'node:http';
import type { TLSSocket } from 'node:tls';
import type { Presented } from '../presented.ts';
import { targetOf } from './target.ts';

/** `address` is the address that the request came from, instead of the socket's. */
export function presentNode(
  request: IncomingMessage,
  named: string | undefined,
  address?: () => string | undefined,
): Presented {
  return new NodePresented(request, targetOf(named), address);
}

/**
 * The whole target of a request. A framework that mounts handlers shortens `url` and keeps the
 * whole here.
 */
export function namedBy(request: IncomingMessage): string | undefined {
  return (request as { readonly originalUrl?: string }).originalUrl ?? request.url;
}

/** A class, so that a request costs one small object and no closures. */
class NodePresented implements Presented {
  readonly target: string;
  readonly #request: IncomingMessage;
  readonly #address: (() => string | undefined) | undefined;

  constructor(
    request: IncomingMessage,
    target: string,
    address: (() => string | undefined) | undefined,
  ) {
    this.#request = request;
    this.target = target;
    this.#address = address;
  }

  get carrier(): object {
    return this.#request;
  }

  get method(): string {
    return this.#request.method ?? 'GET';
  }

  get remoteAddress(): string | undefined {
    return this.#address === undefined ? this.peerAddress : this.#address();
  }

  get peerAddress(): string | undefined {
    return this.#request.socket.remoteAddress;
  }

  /**
   * `request.headers` silently keeps only the first of two Authorization headers. The raw list has
   * both.
   */
  header(name: string): string | undefined {
    const { rawHeaders } = this.#request;
    let found: string | undefined;
    for (let at = 0; at < rawHeaders.length; at += 2) {
      const one = rawHeaders[at] ?? '';
      if (one.length !== name.length || one.toLowerCase() !== name) continue;
      const value = rawHeaders[at + 1] ?? '';
      found = found === undefined ? value : `${found}, ${value}`;
    }
    return found;
  }

  certificate(): Uint8Array | undefined {
    return certificateOf(this.#request);
  }
}

/** DER of the client's certificate. */
export function certificateOf({ socket }: IncomingMessage): Uint8Array | undefined {
  const { getPeerX509Certificate } = socket as Partial<TLSSocket>;
  return getPeerX509Certificate?.call(socket)?.raw;
}
