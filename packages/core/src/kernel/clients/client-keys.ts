/**
 * The public keys of a client (RFC 7591 §2): in its registration, or at an address of the client.
 * Code that checks a signature asks by `kid` and algorithm. Code that encrypts chooses among the
 * JWKs.
 */
import {
  BoundedMap,
  createRemoteKeySet,
  importKeySet,
  type Jwk,
  JwtError,
  type KeySet,
  namesOf,
  type RemoteKeySet,
} from '@keywright/jwt';
import { waitOutside } from '../limits/external-waits.ts';
import { takeOfHost } from '../limits/hosts.ts';
import type { Client } from '../../model/entities.ts';
import type { Ports } from '../../model/ports.ts';
import { mostKeys } from './metadata/keys.ts';
import type { ClientSettings } from '../../model/client-settings.ts';
import type { ClientKeys, HostLimits } from '../../model/services.ts';

/**
 * How many key sets of addresses are cached, each of at most `maxBytes`: so many for unverified
 * clients, and as many for others.
 */
const mostRemembered = 1000;
const maxBytes = 64 * 1024;

interface Published {
  readonly keys: RemoteKeySet;
  /** The keys of the last fetch. */
  jwks: readonly Jwk[];
}

/** A name that no key has. */
const unknownName = '\0';

interface KeyPorts extends Pick<Ports, 'outbound' | 'externalWaits' | 'clock' | 'events'> {
  readonly hostLimits: HostLimits;
}

type OwnJwks = NonNullable<ClientSettings['jwks']>;

/** Keys in the registration itself are imported once. */
function createImporter(): (jwks: OwnJwks) => KeySet {
  const imported = new WeakMap<OwnJwks, KeySet>();
  return (jwks) => {
    const known = imported.get(jwks);
    if (known !== undefined) return known;
    const keys = importKeySet({ keys: withAlgorithms(jwks.keys) });
    imported.set(jwks, keys);
    return keys;
  };
}

export function createClientKeys({
  outbound,
  externalWaits,
  clock,
  events,
  hostLimits,
}: KeyPorts): ClientKeys {
  const own = createImporter();
  // Separate caches, because unverified clients may be many, and must not push out the key sets of
  // reviewed clients.
  const published = {
    ofUnverified: new BoundedMap<string, Published>(mostRemembered),
    ofOthers: new BoundedMap<string, Published>(mostRemembered),
  };

  function follow(client: Client, url: string): Published {
    const { id: clientId } = client;
    const followed: Published = {
      jwks: [],
      keys: createRemoteKeySet({
        url,
        clock: () => clock.nowSeconds() * 1000,
        onFetchFailed: (error) => events.emit({ type: 'client_keys.not_fetched', clientId, error }),
        async fetch() {
          if (outbound === undefined) throw new Error('Outbound requests are not possible.');
          // Unverified clients may be many. A set that was fetched once is fetched again only as
          // often as the key set allows.
          if (followed.jwks.length === 0) takeOfHost({ hostLimits }, client, url);
          const { text, maxAgeSeconds } = await outbound.send(url, {
            accept: 'application/json',
            maxBytes,
          });
          followed.jwks = readJwks(text);
          return { body: { keys: withAlgorithms(followed.jwks) }, maxAgeSeconds };
        },
      }),
    };
    return followed;
  }

  function publishedBy(client: Client, url: string): Published {
    // Each client has its own entry, although two may name one address: a request for one client
    // must not wait for a request for another.
    const name = `${client.id} ${url}`;
    const remembered = client.trust === 'unverified' ? published.ofUnverified : published.ofOthers;
    const known = remembered.get(name);
    if (known !== undefined) return known;
    const followed = follow(client, url);
    remembered.set(name, followed);
    return followed;
  }

  function ask({ keys }: Published, kid: string | undefined, algorithm: string) {
    return waitOutside(externalWaits, keys.resolve(kid, algorithm));
  }

  return {
    resolve(client, kid, algorithm) {
      const { jwks, jwksUri } = client.settings ?? {};
      if (jwks !== undefined) return own(jwks).find(kid, algorithm);
      return jwksUri === undefined ? undefined : ask(publishedBy(client, jwksUri), kid, algorithm);
    },
    async jwks(client, isSought) {
      const { jwks, jwksUri } = client.settings ?? {};
      if (jwks !== undefined) return jwks.keys;
      if (jwksUri === undefined) return [];
      const followed = publishedBy(client, jwksUri);
      const isAtHand = followed.keys.current() !== undefined;
      // If nothing is cached, any question fetches the set. If no key fits, it is fetched again.
      if (!isAtHand || (isSought !== undefined && !followed.jwks.some(isSought)))
        await ask(followed, unknownName, 'ES256');
      return followed.jwks;
    },
  };
}

function readJwks(text: string): readonly Jwk[] {
  const keys = (JSON.parse(text) as { keys?: unknown } | null)?.keys;
  // RFC 7517 §5.
  if (!Array.isArray(keys)) throw new JwtError('keys_unavailable', 'it is not a JWK set');
  // Each key is imported and cached, so the number is limited as in a registration.
  if (keys.length > mostKeys) throw new JwtError('keys_unavailable', `more than ${mostKeys} keys`);
  return keys.filter((key): key is Jwk => typeof key === 'object' && key !== null);
}

/** Algorithms that share their keys. A map, because the type is a text of the client. */
const sharing: ReadonlyMap<unknown, readonly string[]> = new Map([
  ['RSA', ['RS256', 'PS256']],
  ['OKP', namesOf('EdDSA')],
]);

/**
 * RFC 7517 §4.4: `alg` may be left out. A key without it is used for each algorithm of its type.
 * The registration and the policy of the client say with which of them it signs. A key with `alg`
 * is used for that algorithm, by each of its names.
 */
function withAlgorithms(keys: readonly Jwk[]): readonly Jwk[] {
  return keys.flatMap((jwk) => {
    const { alg: named, kty } = jwk;
    const names =
      typeof named === 'string'
        ? namesOf(named)
        : named === undefined
          ? sharing.get(kty)
          : undefined;
    return names === undefined ? [jwk] : names.map((alg) => ({ ...jwk, alg }));
  });
}
