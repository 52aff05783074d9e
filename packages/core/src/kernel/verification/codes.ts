/**
 * Codes that prove an e-mail address: sent by mail, typed in the browser that asked, valid for ten
 * minutes and five tries, used once (NIST SP 800-63B-4 §3.1.3.1, ASVS 6.6.3).
 */
import { digest } from '@keywright/jwt';
import type { Core } from '../core.ts';
import { OAuthError } from '../../model/errors.ts';
import type { Account } from '../../model/entities.ts';
import type { MailContent } from '../../model/mail.ts';
import { newId } from '../../model/token-id.ts';
import type { VerificationPurpose } from '../../model/verification-ports.ts';
import { readCookie } from '../http/cookies.ts';
import type { HttpRequest } from '../http/message.ts';
import { makeMail } from '../mail/mail.ts';
import { codeSeconds, type Flow, isOwnFlow, sealFlow } from './flow.ts';

const mostTries = 5;
const digits = 8;

/** The mail of a code, and whom it goes to. */
export interface CodeMail {
  /** The address in the account, not the one that was typed: they may be written differently. */
  readonly to: Pick<Account, 'email' | 'name'>;
  /**
   * `nobody`: the work and the stored data are the same, but nothing is sent, and no code is right.
   */
  readonly reader: 'code' | 'notice' | 'nobody';
  readonly content: (code: string, address: string) => MailContent;
}

/** What is asked for. */
export interface CodeRequest {
  readonly purpose: VerificationPurpose;
  /** As it was typed. */
  readonly email: string;
  /** See `Flow.of`. */
  readonly of: string;
  /** The path of the page for the code. */
  readonly path: string;
  readonly browserId: string;
  readonly mail: CodeMail;
}

/**
 * Sends a code and returns the sealed flow. The work is the same for each `reader` of the mail. The
 * caller has checked the limits (`takeCode`).
 */
export async function sendCode(core: Core, asked: CodeRequest, now: number): Promise<string> {
  const { purpose, email, of, path, browserId, mail } = asked;
  const id = newId(core, 'vco_');
  const flow: Flow = { id, email, browser: digest(browserId), of, expiresAt: now + codeSeconds };
  const sealed = sealFlow(core, purpose, 'sent', flow);
  const code = newCode(core);
  // Without a code, a random text that nobody can type.
  const right = mail.reader === 'code' ? code : core.newSecret();
  const address = `${core.options.issuer}${path}?flow=${sealed}`;
  const seconds = { code: codeSeconds, notice: undefined, nobody: 0 }[mail.reader];
  const delivery = makeMail(core, mail.to, mail.content(code, address), now, seconds);
  const mac = core.vault.mac(macPurpose, textOf(core, purpose, flow, browserId, right));
  await core.store.verificationCodes.add({ id, purpose, mac, expiresAt: flow.expiresAt }, delivery);
  return sealed;
}

/**
 * Spends the code, and returns the sealed proof for the next step. Throws code_wrong, code_expired.
 */
export async function redeemCode(
  core: Core,
  request: HttpRequest,
  purpose: VerificationPurpose,
  flow: Flow,
  typed: string,
  now: number,
): Promise<string> {
  const browserId = readCookie(request, 'browser', core.options);
  // A foreign browser does not use up a try.
  if (browserId === undefined || !isOwnFlow(core, request, flow))
    throw new OAuthError('code_expired', { log: { note: 'another browser' } });
  const text = textOf(core, purpose, flow, browserId, typed.replaceAll(/[\s-]/g, ''));
  const macs = core.vault.macs(macPurpose, text);
  const { id } = flow;
  const result = await core.store.verificationCodes.redeem({ id, purpose, macs, mostTries }, now);
  if (result.outcome === 'wrong' && result.triesLeft > 0) throw wrong(result.triesLeft);
  if (result.outcome !== 'redeemed') throw new OAuthError('code_expired');
  return sealFlow(core, purpose, 'proven', { ...flow, expiresAt: now + codeSeconds });
}

const macPurpose = 'verification-code';

function wrong(triesLeft: number): OAuthError {
  const left = triesLeft === 1 ? 'You have one more try.' : `You have ${triesLeft} more tries.`;
  return new OAuthError('code_wrong', { description: `The code is wrong. ${left}` });
}

function textOf(
  core: Core,
  purpose: VerificationPurpose,
  { id, email }: Flow,
  browserId: string,
  code: string,
): string {
  return JSON.stringify([purpose, id, core.accounts.emailKey(email), browserId, code]);
}

/** Six random bytes for eight digits: no digit is noticeably more frequent. */
function newCode({ random }: Pick<Core, 'random'>): string {
  const number = Buffer.from(random.bytes(6)).readUIntBE(0, 6) % 10 ** digits;
  return String(number).padStart(digits, '0');
}
