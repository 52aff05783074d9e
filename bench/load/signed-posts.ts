/**
 * Requests each of which carries a signature of its own: DPoP proofs (RFC 9449 §4) and client
 * assertions (RFC 7523 §2.2). All that a run can need are signed before it starts: while it runs,
 * this process does no more than paste them in.
 */
import { randomBytes } from 'node:crypto';
import { post } from '../requests.ts';
import { compact, createTokenSigner } from '../sides/access-token.ts';
import type { LoadPlan, SignedPosts } from '../work.ts';
import type { Answer } from './connection.ts';
import { type Actor, expectIn, expectStatus } from './part.ts';

/** For each connection as many as it can need; the clock may stand a second longer. */
function signAll(work: SignedPosts, { warmupSeconds, seconds }: LoadPlan): readonly string[] {
  const { signers, claims, lifetimeSeconds, perSecond } = work;
  const makers = signers.map(({ privateJwk, header }) => createTokenSigner(privateJwk, header));
  const iat = Math.floor(Date.now() / 1000);
  const end = lifetimeSeconds === undefined ? {} : { exp: iat + lifetimeSeconds };
  return Array.from({ length: Math.ceil(perSecond * (warmupSeconds + seconds + 1)) }, (_, at) =>
    compact(
      makers[at % makers.length]!({
        ...claims,
        iat,
        ...end,
        jti: randomBytes(16).toString('base64url'),
      }),
    ),
  );
}

/** RFC 7523 §2.2. */
const assertionType = 'urn%3Aietf%3Aparams%3Aoauth%3Aclient-assertion-type%3Ajwt-bearer';

function requestWith({ head, form, as }: SignedPosts, signed: string): string {
  return as === 'dpop'
    ? post(`${head}DPoP: ${signed}\r\n`, form)
    : post(head, `${form}&client_assertion_type=${assertionType}&client_assertion=${signed}`);
}

export function createSignedCallers(work: SignedPosts, plan: LoadPlan): readonly Actor[] {
  const signed = signAll(work, plan);
  let used = 0;
  const begin = () => {
    if (used === signed.length) throw new Error('what was signed ran out: raise perSecond');
    used += 1;
    return requestWith(work, signed[used - 1]!);
  };
  const follow = (answer: Answer) => {
    expectStatus(answer, 200);
    expectIn(answer, work.answerHas);
    return undefined;
  };
  return Array.from({ length: plan.connections }, () => ({ begin, follow }));
}
