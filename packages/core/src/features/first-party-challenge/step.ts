import type { Parameters } from '../../kernel/http/parameters.ts';
import type { Client } from '../../model/entities.ts';
import type { AuthSession } from './auth-session.ts';

/** The input of each step. */
export interface Step {
  readonly client: Client;
  readonly parameters: Parameters;
  readonly session: AuthSession;
  /** Called before what the user typed is checked. Then the DPoP proof is used up. */
  readonly remember: (() => Promise<void>) | undefined;
  readonly now: number;
}
