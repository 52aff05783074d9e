import type { Parameters } from '../../kernel/http/parameters.ts';
import type { Client } from '../../model/entities.ts';
import type { AuthSession } from './auth-session.ts';

/** What each step is handed. */
export interface Step {
  readonly client: Client;
  readonly parameters: Parameters;
  readonly session: AuthSession;
  /** Before what was typed is looked at: the proof is used up then. */
  readonly remember: (() => Promise<void>) | undefined;
  readonly now: number;
}
