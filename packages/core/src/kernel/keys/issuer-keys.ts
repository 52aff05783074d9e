/**
 * The keys of issuers that the operator declared: in the declaration, or at an address of the
 * issuer.
 */
import {
  createRemoteKeySet,
  importKeySet,
  type RemoteKeySet,
  type VerificationKey,
} from '@keywright/jwt';
import { waitOutside } from '../limits/external-waits.ts';
import type { Ports } from '../../model/ports.ts';
import type { DeclaredIssuer, IssuerKeys } from '../../model/services.ts';

const maxBytes = 256 * 1024;

export function createIssuerKeys(
  issuers: readonly DeclaredIssuer[],
  { outbound, externalWaits, clock }: Pick<Ports, 'outbound' | 'externalWaits' | 'clock'>,
): IssuerKeys {
  const follow = (url: string) =>
    createRemoteKeySet({
      url,
      clock: () => clock.nowSeconds() * 1000,
      async fetch() {
        if (outbound === undefined) throw new Error('Outbound requests are not possible.');
        const { text, maxAgeSeconds } = await outbound.send(url, {
          accept: 'application/json',
          maxBytes,
        });
        return { body: JSON.parse(text) as unknown, maxAgeSeconds };
      },
    });
  const keysOf = new Map(issuers.map((one) => [one.issuer, findingIn(one, follow)]));
  return {
    resolve: ({ issuer }, kid, algorithm) =>
      waitOutside(externalWaits, keysOf.get(issuer)?.(kid, algorithm)),
  };
}

type Find = (
  kid: string | undefined,
  algorithm: string,
) => VerificationKey | undefined | Promise<VerificationKey | undefined>;

function findingIn({ jwks, jwksUri }: DeclaredIssuer, follow: (url: string) => RemoteKeySet): Find {
  if (jwksUri !== undefined) {
    const published = follow(jwksUri);
    return (kid, algorithm) => published.resolve(kid, algorithm);
  }
  const keys = importKeySet(jwks);
  return (kid, algorithm) => keys.find(kid, algorithm);
}
