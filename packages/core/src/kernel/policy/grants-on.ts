/** Which grants this server has at all: what the features leave out is unknown to every client. */
import {
  cibaGrant,
  deviceCodeGrant,
  type GrantType,
  grantTypes,
  jwtBearerGrant,
  tokenExchangeGrant,
} from '@keywright/wire';
import type { ResolvedOptions } from './options.ts';
import type { Features } from './features.ts';

const featureOf: Partial<Record<GrantType, keyof Features>> = {
  [deviceCodeGrant]: 'deviceAuthorization',
  [cibaGrant]: 'backchannelAuthentication',
  [tokenExchangeGrant]: 'tokenExchange',
  [jwtBearerGrant]: 'jwtAssertions',
};

type Held = { readonly options: Pick<ResolvedOptions, 'features' | 'policies'> };

export function isGrantOn({ options }: Held, grant: GrantType): boolean {
  const feature = featureOf[grant];
  return feature === undefined || options.features[feature] === true;
}

/** For discovery: those that some client may use. */
export function grantsOn(held: Held): readonly GrantType[] {
  const { grantsRefused } = held.options.policies.default;
  return grantTypes.filter((grant) => isGrantOn(held, grant) && !grantsRefused.includes(grant));
}
