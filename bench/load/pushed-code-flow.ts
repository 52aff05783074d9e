/** The code flow with a pushed request (RFC 9126). */
import { post } from '../requests.ts';
import type { PushedFlow } from '../work.ts';
import { type Actor, createRing, expectIn, expectStatus, readCode, readMember } from './part.ts';

export function createPushedCodeFlow(flows: readonly PushedFlow[]): Actor {
  const next = createRing(flows);
  let flow = next();
  let step: 'pushing' | 'authorizing' | 'exchanging' = 'pushing';
  return {
    begin() {
      flow = next();
      step = 'pushing';
      return flow.push;
    },
    follow(answer) {
      if (step === 'pushing') {
        expectStatus(answer, 201);
        step = 'authorizing';
        const reference = encodeURIComponent(readMember(answer.body(), 'request_uri'));
        return flow.authorize.join(reference);
      }
      if (step === 'authorizing') {
        step = 'exchanging';
        return post(flow.exchange.head, `${flow.exchange.form}&code=${readCode(answer)}`);
      }
      expectStatus(answer, 200);
      expectIn(answer, '"id_token"', '"refresh_token"');
      return undefined;
    },
  };
}
