/**
 * Resolves names by asking the name servers, without the thread pool of the process. `dns.lookup`
 * waits in that pool, which has four threads for everything. An attacker could choose names that
 * are never answered, and so delay all other work.
 */
import { type LookupAddress, promises } from 'node:dns';
import { callbackify } from 'node:util';
import type { Lookup } from './public-lookup.ts';

export interface NameResolverOptions {
  /** Default: those of the system, read again each time. */
  readonly servers?: readonly string[];
  /**
   * For the first try. Default: 1500. The second try waits twice as long. Both end before the
   * client's own limit.
   */
  readonly timeoutMilliseconds?: number;
}

const tries = 2;
const loopback: readonly LookupAddress[] = [
  { address: '127.0.0.1', family: 4 },
  { address: '::1', family: 6 },
];

/** Does not know names of the system's hosts file. */
export function createNameResolver({
  servers,
  timeoutMilliseconds: timeout = 1500,
}: NameResolverOptions = {}): Lookup {
  const resolve = async (hostname: string): Promise<LookupAddress[]> => {
    // RFC 6761 §6.3 (3): this machine. No name server is asked.
    if (/(?:^|\.)localhost\.?$/i.test(hostname)) return [...loopback];
    const resolver = new promises.Resolver({ timeout, tries });
    if (servers !== undefined) resolver.setServers(servers);
    const [v4, v6] = await Promise.allSettled([
      resolver.resolve4(hostname),
      resolver.resolve6(hostname),
    ]);
    const found = [...addressesOf(v4, 4), ...addressesOf(v6, 6)];
    if (found.length === 0 && v4.status === 'rejected') throw v4.reason;
    return found;
  };
  const lookup = callbackify(resolve);
  return (hostname, _options, callback) =>
    lookup(hostname, (error, found) => callback(error, found ?? []));
}

function addressesOf(outcome: PromiseSettledResult<string[]>, family: 4 | 6): LookupAddress[] {
  return outcome.status === 'rejected' ? [] : outcome.value.map((address) => ({ address, family }));
}
