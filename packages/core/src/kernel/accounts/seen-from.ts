/**
 * From where a user signs in: the network, and the browser by its own words. A page or a mail names
 * the browser only if its name is known.
 */
import type { HttpRequest } from '../http/message.ts';
import { networkOf } from '../../rules/network.ts';

const mostUserAgent = 400;

export interface SeenFrom {
  readonly network: string;
  /** The User-Agent header as it came, cut. Anybody can write it. */
  readonly userAgent: string;
}

export function seenFrom({
  remoteAddress,
  headers,
}: Pick<HttpRequest, 'remoteAddress' | 'headers'>): SeenFrom {
  const userAgent = (headers['user-agent'] ?? '').slice(0, mostUserAgent).toWellFormed();
  return { network: networkOf(remoteAddress), userAgent };
}
