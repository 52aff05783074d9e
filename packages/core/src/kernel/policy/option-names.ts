/**
 * Finds unknown names of options. A misspelt option would silently have no effect. The members of a
 * key set are not checked here, but by their reader.
 */
import { isObject, unknownNames } from '@keywright/jwt';
import type { AssertionIssuer } from '../../model/services.ts';
import { tiers } from './tiers.ts';
import { tierNames } from '../../model/features.ts';
import type { ConfigProblem } from '../../model/errors.ts';
import type { Rate } from '../../model/limit-ports.ts';
import type {
  BackchannelRequestLimits,
  PasskeyOptions,
  SecondFactorDemand,
  Terms,
} from './server-options.ts';
import { defaultFeatures } from '../../model/features.ts';
import { registrationOptions, serverOptions } from './option-kinds.ts';
import type { StatementIssuer } from './registration-options.ts';

/** A new option that is not in this list does not compile. */
type Names<Options> = Readonly<Record<keyof Options, true>>;

const rateNames: Names<Rate> = { perSecond: true, burst: true };
const statementIssuerNames: Names<StatementIssuer> = { issuer: true, jwks: true, jwksUri: true };
const assertionIssuerNames: Names<AssertionIssuer> = {
  issuer: true,
  jwks: true,
  jwksUri: true,
  subjects: true,
  audiences: true,
};
const termsNames: Names<Terms> = { url: true, version: true, requiredFrom: true };
const secondFactorNames: Names<SecondFactorDemand> = {
  tiers: true,
  clients: true,
  scopes: true,
  groups: true,
};
const passkeyNames: Names<PasskeyOptions> = { rpId: true, origins: true, names: true };
const backchannelNames: Names<BackchannelRequestLimits> = {
  waitingOfClient: true,
  waitingOfAccount: true,
  burst: true,
};

/** For any options. Another check tests their types. */
export function unknownNamesOf(options: unknown): readonly ConfigProblem[] {
  const { features, registration, lifetimes, backchannelRequests, assertionIssuers, terms } =
    membersOf(options);
  const { secondFactor, passkeys } = membersOf(options);
  const { limit, statementIssuers } = membersOf(registration);
  return [
    ...unknownIn('', options, serverOptions),
    ...unknownIn('features.', features, defaultFeatures),
    ...unknownIn('registration.', registration, registrationOptions),
    ...unknownIn('registration.limit.', limit, rateNames),
    ...unknownInEach('registration.statementIssuers', statementIssuers, statementIssuerNames),
    ...tierNames.flatMap((name) =>
      unknownIn(`lifetimes.${name}.`, membersOf(lifetimes)[name], tiers[name].lifetimes),
    ),
    ...unknownIn('terms.', terms, termsNames),
    ...unknownIn('secondFactor.', secondFactor, secondFactorNames),
    ...unknownIn('passkeys.', passkeys, passkeyNames),
    ...unknownIn('backchannelRequests.', backchannelRequests, backchannelNames),
    ...unknownInEach('assertionIssuers', assertionIssuers, assertionIssuerNames),
  ];
}

function membersOf(value: unknown): Readonly<Record<string, unknown>> {
  return isObject(value) ? value : {};
}

function unknownInEach(path: string, list: unknown, known: object): readonly ConfigProblem[] {
  if (!Array.isArray(list)) return [];
  return list.flatMap((one: unknown, index) => unknownIn(`${path}[${index}].`, one, known));
}

function unknownIn(path: string, value: unknown, known: object): readonly ConfigProblem[] {
  return unknownNames(membersOf(value), Object.keys(known)).map(([name, nearest]) => ({
    path: path + name,
    message: `is not an option; the nearest is ${nearest}`,
  }));
}
