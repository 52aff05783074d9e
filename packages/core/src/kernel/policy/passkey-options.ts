/** The options of passkeys (Web Authentication §5.1.2, §5.11), checked. */
import { createRequire } from 'node:module';
import type * as Tldts from 'tldts';
import type { ConfigProblem } from '../../model/errors.ts';
import type { PasskeyOptions } from './server-options.ts';

const require = createRequire(import.meta.url);

/** The options of passkeys with all defaults. */
export interface ResolvedPasskeys {
  /** The relying party identifier (Web Authentication §5.1.2). */
  readonly rpId: string;
  /** Other origins that may use it (§5.11.1). */
  readonly origins: readonly string[];
  /** Names of authenticators by their AAGUIDs, in lower case. */
  readonly names: ReadonlyMap<string, string>;
}

const aaguidForm = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;

export function resolvePasskeys(
  { rpId, origins = [], names = {} }: PasskeyOptions,
  issuer: URL | undefined,
  problems: ConfigProblem[],
): ResolvedPasskeys {
  const say = (path: string, message: string) =>
    void problems.push({ path: `passkeys.${path}`, message });
  for (const origin of origins)
    if (!isWebOrigin(origin))
      say('origins', `has ${origin}, but must have https origins: https://www.example.com`);
  const fault =
    rpId === undefined || issuer === undefined ? undefined : refuse(rpId, issuer, origins);
  if (fault !== undefined) say('rpId', fault);
  for (const aaguid of Object.keys(names))
    if (!aaguidForm.test(aaguid)) say('names', `has ${aaguid}, which is no AAGUID`);
  return {
    rpId: rpId ?? issuer?.hostname ?? '',
    origins,
    names: new Map(Object.entries(names).map(([aaguid, name]) => [aaguid.toLowerCase(), name])),
  };
}

function isWebOrigin(text: string): boolean {
  const url = URL.parse(text);
  return url?.protocol === 'https:' && url.origin === text;
}

/**
 * §5.1.2: the host of the issuer, or a domain above it that somebody can register. Another host
 * only if it publishes the origin of the issuer (§5.11): after a move to another host.
 */
function refuse(rpId: string, issuer: URL, origins: readonly string[]): string | undefined {
  if (rpId === issuer.hostname) return undefined;
  if (URL.parse(`https://${rpId}`)?.hostname !== rpId || !rpId.includes('.'))
    return 'must be a domain in lower case: example.com';
  if (origins.includes(issuer.origin)) return undefined;
  if (!issuer.hostname.endsWith(`.${rpId}`))
    return `must be ${issuer.hostname} or a domain above it. For passkeys of another host, add ${issuer.origin} to passkeys.origins`;
  const { getDomain } = require('tldts') as typeof Tldts;
  return getDomain(rpId, { allowPrivateDomains: true }) === null
    ? 'must not be a public suffix, because browsers refuse it'
    : undefined;
}
