import type { Core } from '../../kernel/core.ts';
import type { PasskeyExpectation } from '../../model/passkey-ports.ts';

/**
 * Web Authentication §7.1 step 9, §7.2 step 13: only pages of this server. A page of a related
 * origin belongs to another server.
 */
export function expectationOf(
  { options }: Pick<Core, 'options'>,
  challenge: string,
): PasskeyExpectation {
  return { challenge, origin: options.origin, rpId: options.passkeys.rpId };
}
