/** The port for events. Their types are in `wire/src/events`. */
import type { KnownEvent } from '@keywright/wire/events';
import type { SecretName } from './features.ts';

/** One event. A member that is named like a secret does not compile, also from a spread object. */
export type Event = KnownEvent & { readonly [Name in SecretName]?: never };

/** The port for events. `emit` must not throw, and no request waits for it. */
export interface Events {
  emit(event: Event): void;
}
