/** The grants of this server. A grant whose feature is off is unknown to every client. */
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

/** Every grant. A new grant without its feature does not compile. */
const featureOf: Readonly<Record<GrantType, keyof Features | 'always'>> = {
  authorization_code: 'always',
  refresh_token: 'always',
  client_credentials: 'always',
  password: 'always',
  implicit: 'always',
  [deviceCodeGrant]: 'deviceAuthorization',
  [cibaGrant]: 'backchannelAuthentication',
  [tokenExchangeGrant]: 'tokenExchange',
  [jwtBearerGrant]: 'jwtAssertions',
};

type Held = { readonly options: Pick<ResolvedOptions, 'features' | 'policies'> };

export function isGrantOn({ options }: Held, grant: GrantType): boolean {
  const feature = featureOf[grant];
  return feature === 'always' || options.features[feature] === true;
}

/** For discovery: grants that some client may use. */
export function grantsOn(held: Held): readonly GrantType[] {
  const { grantsRefused } = held.options.policies.default;
  return grantTypes.filter((grant) => isGrantOn(held, grant) && !grantsRefused.includes(grant));
}
