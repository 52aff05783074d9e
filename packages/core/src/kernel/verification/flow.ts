/**
 * What a page carries between the steps of a code: sealed, so that nobody can edit it, and valid
 * only in the browser that asked. It is no secret: the next step also needs the cookie of that
 * browser, and the code.
 */
import { digest, equalDigests } from '@keywright/jwt';
import type { Core } from '../core.ts';
import { OAuthError } from '../../model/errors.ts';
import type { VerificationPurpose } from '../../model/verification-ports.ts';
import { readCookie } from '../http/cookies.ts';
import type { HttpRequest } from '../http/message.ts';
import type { Parameters } from '../http/parameters.ts';
import { sealValue, unsealValue } from '../sealing/sealed.ts';

/** How long a code, and each step after it, is valid. */
export const codeSeconds = 600;

/** What was asked, by whom. */
export interface Flow {
  /** The id of the code in the store. */
  readonly id: string;
  /** As it was typed. */
  readonly email: string;
  /** A digest of the cookie of the browser that asked. */
  readonly browser: string;
  /**
   * The state on which the flow depends. The flow ends when the state changes. For an account, it
   * is the password.
   */
  readonly of: string;
  readonly expiresAt: number;
}

/** Whether the code of a flow was sent, or was typed as well. */
export type Step = 'sent' | 'proven';

export function sealFlow(core: Core, purpose: VerificationPurpose, step: Step, flow: Flow): string {
  return sealValue(core, `verification-${step}`, flow, purpose);
}

/** Throws code_expired if it was not sealed for this step, or is too old. */
export function openFlow(
  core: Core,
  purpose: VerificationPurpose,
  step: Step,
  sealed: string | undefined,
): Flow {
  const flow = unsealValue(core, `verification-${step}`, sealed, purpose) as Flow | undefined;
  if (flow === undefined || flow.expiresAt <= core.clock.nowSeconds())
    throw new OAuthError('code_expired');
  return flow;
}

/** The flow whose code was typed. Throws code_expired, also in a browser that did not ask. */
export function openProof(
  core: Core,
  request: HttpRequest,
  purpose: VerificationPurpose,
  parameters: Parameters,
): Flow {
  const flow = openFlow(core, purpose, 'proven', parameters.get('proof'));
  if (!isOwnFlow(core, request, flow)) throw new OAuthError('code_expired');
  return flow;
}

/** Whether this browser is the one that asked. */
export function isOwnFlow(core: Core, request: HttpRequest, { browser }: Flow): boolean {
  const cookie = readCookie(request, 'browser', core.options);
  return cookie !== undefined && equalDigests(digest(cookie), browser);
}
