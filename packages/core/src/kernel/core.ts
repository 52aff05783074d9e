/** What every endpoint gets: options, ports, and the values that are cached for seconds. */
import type { Batch, createBatchSigner, DpopNonces } from '@keywright/jwt';
import { type TierLifetimes, tierNameOf, withOwnLifetimes } from './policy/tiers.ts';
import type { Client } from '../model/entities.ts';
import type { ResolvedOptions } from './policy/options.ts';
import type { Policy } from './policy/policy.ts';
import type { Ports } from '../model/ports.ts';
import type {
  IssuerKeys,
  ClientKeys,
  ClientLoader,
  SecretUses,
  Statements,
  HostLimits,
  MarkLimits,
  Semaphore,
  StatusAssigner,
  TokenVerifier,
  PasswordTurns,
  ApiLoader,
  ResourceMemory,
} from '../model/services.ts';
import type { KeyRing } from '../model/key-ports.ts';

export interface Core extends Ports {
  readonly options: ResolvedOptions;
  readonly loadClient: ClientLoader;
  readonly clientKeys: ClientKeys;
  readonly assertionKeys: IssuerKeys;
  readonly secretUses: SecretUses;
  readonly loadApis: ApiLoader;
  readonly keys: KeyRing;
  readonly signer: ReturnType<typeof createBatchSigner>;
  /** Verifies all tokens of one turn of the event loop together, as `signer` signs them. */
  readonly verifying: Batch;
  readonly verifyToken: TokenVerifier;
  readonly assignStatus: StatusAssigner;
  readonly dpopNonces: DpopNonces;
  readonly statements: Statements;
  readonly hostLimits: HostLimits;
  readonly markLimits: MarkLimits;
  readonly passwordSemaphore: Semaphore;
  readonly passwordTurns: PasswordTurns;
  readonly resourceMemory: ResourceMemory;
  /** A secret of 256 bits, as 43 characters of base64url. */
  readonly newSecret: () => string;
}

/**
 * The demands on this client: those of the server's profile, or of its own profile if that is
 * stricter.
 */
export function policyOf(core: Pick<Core, 'options'>, client: Client): Policy {
  return core.options.policies[client.settings?.profile ?? 'default'];
}

export function lifetimesOf(core: Core, client: Client): TierLifetimes {
  const tier = tierNameOf(client);
  if (tier === undefined) throw new Error(`client ${client.id} has no tier`);
  return withOwnLifetimes(core.options.lifetimes[tier], client);
}
