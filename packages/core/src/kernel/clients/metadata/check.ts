/** How each extension checks what a client says of it. */
import type { SigningAlgorithm } from '@keywright/jwt';
import type { ClientRegistration } from '../client-registration.ts';
import type { Policy } from '../../policy/policy.ts';
import type { ClientSettings } from '../../../model/client-settings.ts';

export type Say = (member: string, message: string) => void;

/** `algorithms`: those of the server's signing keys that may sign for this client. `policy`: what is demanded of it. */
export type CheckSettings = (
  input: ClientRegistration,
  say: Say,
  algorithms: readonly SigningAlgorithm[],
  policy: Policy,
) => ClientSettings;
