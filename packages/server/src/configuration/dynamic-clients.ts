/**
 * Makes core's options from the settings for dynamic clients and client documents, and the warnings
 * about them.
 */
import {
  type Api,
  type ConfigProblem,
  isOpenIdScope,
  namesOfService,
  type RegistrationOptions,
} from '@keywright/core';
import { createNetworks, type Networks, refuseAddressRange } from '@keywright/jwt';
import type { DeclaredConfiguration } from './schema.ts';

type Declared = Pick<DeclaredConfiguration, 'registration' | 'service_name'>;

export function toRegistrationOptions(declared: Declared): RegistrationOptions {
  const { service_name: serviceName, registration = {} as NonNullable<Declared['registration']> } =
    declared;
  const { trust, scopes, limit, unused_days, most_unused, software_statement_issuers } =
    registration;
  const { reserved_names: names = namesOfService(serviceName) } = registration;
  return {
    trust,
    scopes,
    limit: limit === undefined ? undefined : { perSecond: limit.per_second, burst: limit.burst },
    unusedDays: unused_days,
    mostUnused: most_unused,
    reservedNames: [serviceName, ...names],
    statementIssuers: software_statement_issuers?.map(({ issuer, jwks, jwks_uri: jwksUri }) => ({
      issuer,
      jwks,
      jwksUri,
    })),
  };
}

/** A misspelt scope would silently give no client access, or demand no second factor. */
export function checkDynamicClients(
  { registration, features, profile, second_factor: demand }: DeclaredConfiguration,
  apis: readonly Api[],
  problems: ConfigProblem[],
  warnings: string[],
): void {
  const known = new Set(apis.flatMap((api) => api.scopes.map(({ name }) => name)));
  const check = (path: string) => (scope: string, index: number) => {
    if (!isOpenIdScope(scope) && !known.has(scope))
      problems.push({ path: `${path}[${index}]`, message: 'is not a scope of a declared API' });
  };
  registration?.scopes?.forEach(check('registration.scopes'));
  demand?.scopes?.forEach(check('second_factor.scopes'));
  if (registration?.trust !== 'third-party') return;
  const isOpen = features?.registration === 'open' || profile === 'oidc-certification';
  warnings.push(
    `Applications that register themselves count as third-party. Nobody has reviewed them, and no page warns of them. ${isOpen ? 'Everybody may register one. ' : ''}Use this only for test benches.`,
  );
}

/** Private networks that addresses of dynamic clients may lead to. Undefined if there are none. */
export function parseOpenedNetworks(
  networks: readonly string[],
  problems: ConfigProblem[],
  warnings: string[],
): Networks | undefined {
  const refused = networks.map(refuseAddressRange);
  refused.forEach((reason, index) => {
    if (reason !== undefined)
      problems.push({ path: `danger_outbound_to_private_networks[${index}]`, message: reason });
  });
  if (networks.length === 0 || refused.some((reason) => reason !== undefined)) return undefined;
  warnings.push(
    `Addresses of clients may lead to ${networks.join(', ')}. Everybody who registers a client can make this server call hosts in these networks.`,
  );
  return createNetworks(networks);
}
