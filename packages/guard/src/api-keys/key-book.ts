import type { ApiKeyText } from '@keywright/jwt';
import type { KnownKey } from './known-key.ts';

/** The source in which keys are looked up. */
export interface KeyBook {
  /**
   * The key, or undefined if it does not exist or has ended. Rejects with GuardRefusal
   * `api_keys_unavailable`, `overloaded`.
   */
  find(read: ApiKeyText, text: string): Promise<KnownKey | undefined>;
}
