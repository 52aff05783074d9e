import type { ApiKeyText } from '@keywright/jwt';
import type { KnownKey } from './known-key.ts';

/** Where keys are looked up. */
export interface KeyBook {
  /**
   * The key, or undefined when there is none such, or none any more. Rejects with GuardRefusal
   * `api_keys_unavailable`, `overloaded`.
   */
  find(read: ApiKeyText, text: string): Promise<KnownKey | undefined>;
}
