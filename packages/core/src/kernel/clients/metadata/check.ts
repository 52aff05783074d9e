/** How an extension checks its members of client metadata and reports problems. */
import type { SigningAlgorithm } from '@keywright/jwt';
import type { Api } from '../../../model/entities.ts';
import type { Policy } from '../../policy/policy.ts';
import type { ClientRegistration, Say } from '../client-registration.ts';

export type { Say } from '../client-registration.ts';

export interface CheckContext {
  /** The algorithms of the server's signing keys that may sign for this client. */
  readonly algorithms: readonly SigningAlgorithm[];
  /** What the profile demands from the client. */
  readonly policy: Policy;
  readonly apis: readonly Api[];
}

export type CheckSettings = (input: ClientRegistration, say: Say, context: CheckContext) => void;

export function hasKeys({ jwks, jwks_uri: address }: ClientRegistration): boolean {
  return jwks !== undefined || address !== undefined;
}
