/**
 * What one connection does, a unit at a time: the requests of a unit follow from the answers before
 * them.
 */
import { randomBytes } from 'node:crypto';
import { post } from '../requests.ts';
import { compact, createTokenSigner } from '../sides/access-token.ts';
import type { LoadPlan, WorkOf } from '../work.ts';
import type { Answer } from './connection.ts';
import { createDeviceFlow } from './device-flow.ts';
import {
  type Actor,
  createRing,
  expectIn,
  expectStatus,
  readCode,
  readMember,
  share,
} from './part.ts';
import { createPasskeySignIn } from './passkey-sign-in.ts';
import { createPushedCodeFlow } from './pushed-code-flow.ts';
import { createSignedCallers } from './signed-posts.ts';

function createRepeater(work: WorkOf<'repeat'>, index: number, count: number): Actor {
  const { requests, answerHas } = work;
  const next = createRing(requests.length < count ? requests : share(requests, index, count));
  return {
    begin: next,
    follow(answer) {
      expectStatus(answer, 200);
      if (answerHas !== undefined && !answer.has(answerHas))
        throw new Error(`not expected: ${answer.body()}`);
      return undefined;
    },
  };
}

function createRotator(work: WorkOf<'rotate'>, index: number, count: number): Actor {
  const tokens = [...share(work.refreshTokens, index, count)];
  let at = -1;
  return {
    begin() {
      at = at + 1 === tokens.length ? 0 : at + 1;
      return post(work.head, `grant_type=refresh_token&refresh_token=${tokens[at]}`);
    },
    follow(answer) {
      expectStatus(answer, 200);
      const successor = readMember(answer.body(), 'refresh_token');
      if (successor === tokens[at]) throw new Error('the refresh token was not rotated');
      tokens[at] = successor;
      return undefined;
    },
  };
}

function createCodeFlow(work: WorkOf<'code-flow'>, index: number, count: number): Actor {
  const next = createRing(share(work.flows, index, count));
  let flow = next();
  let exchanging = false;
  return {
    begin() {
      flow = next();
      exchanging = false;
      return flow.authorize;
    },
    follow(answer) {
      if (exchanging) {
        expectStatus(answer, 200);
        expectIn(answer, '"id_token"', '"refresh_token"');
        return undefined;
      }
      const code = readCode(answer);
      exchanging = true;
      return post(flow.exchange.head, `${flow.exchange.form}&code=${code}`);
    },
  };
}

/** All tokens that a run can need, signed before it starts. */
function signTokens({ token }: WorkOf<'fresh-tokens'>, seconds: number): readonly string[] {
  const signToken = createTokenSigner(token.privateJwk, token.header);
  return Array.from({ length: Math.ceil(token.perSecond * seconds) }, () =>
    compact(signToken({ ...token.claims, jti: randomBytes(16).toString('base64url') })),
  );
}

function expectOk(answer: Answer): undefined {
  expectStatus(answer, 200);
}

function createFreshCallers(work: WorkOf<'fresh-tokens'>, plan: LoadPlan): readonly Actor[] {
  const tokens = signTokens(work, plan.warmupSeconds + plan.seconds + 1);
  let used = 0;
  const begin = () => {
    if (used === tokens.length) throw new Error('the prepared tokens ran out: raise perSecond');
    used += 1;
    return `${work.head}Authorization: Bearer ${tokens[used - 1]}\r\n\r\n`;
  };
  return Array.from({ length: plan.connections }, () => ({ begin, follow: expectOk }));
}

function createMixed(parts: readonly Actor[]): Actor {
  const next = createRing(parts);
  let part = parts[0]!;
  return {
    begin() {
      part = next();
      return part.begin();
    },
    follow: (answer) => part.follow(answer),
  };
}

/** One for each connection. */
export function createActors(plan: LoadPlan): readonly Actor[] {
  const { work, connections } = plan;
  const each = (make: (index: number) => Actor) =>
    Array.from({ length: connections }, (_, index) => make(index));
  switch (work.kind) {
    case 'repeat':
      return each((index) => createRepeater(work, index, connections));
    case 'rotate':
      return each((index) => createRotator(work, index, connections));
    case 'code-flow':
      return each((index) => createCodeFlow(work, index, connections));
    case 'pushed-code-flow':
      return each((index) => createPushedCodeFlow(share(work.flows, index, connections)));
    case 'device-flow':
      return each((index) => createDeviceFlow(work, share(work.flows, index, connections)));
    case 'passkey-sign-in':
      return each((index) => createPasskeySignIn(share(work.browsers, index, connections)));
    case 'signed-posts':
      return createSignedCallers(work, plan);
    case 'mixed': {
      const parts = work.works.map((one) => createActors({ ...plan, work: one }));
      return each((index) => createMixed(parts.map((actors) => actors[index]!)));
    }
    case 'fresh-tokens':
      return createFreshCallers(work, plan);
  }
}
