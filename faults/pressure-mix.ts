/**
 * The requests of the load: refreshes, client credentials and code exchanges, as complete requests
 * in bytes.
 */
import { authorizationTarget, basic } from './actors.ts';
import { ownClient, service } from './cast.ts';
import type { PressurePlan } from './pressure.ts';

/** A code lives for a minute. */
const usableMilliseconds = 40_000;
const verifier = 'v'.repeat(43);

function post(client: { readonly id: string; readonly secret: string }, form: string): string {
  return `POST /token HTTP/1.1\r\nHost: localhost\r\nAuthorization: ${basic(client)}\r\nContent-Type: application/x-www-form-urlencoded\r\nContent-Length: ${form.length}\r\n\r\n${form}`;
}

/**
 * A request, and what follows from its answer. A refusal spends nothing, so its token or code is
 * used again.
 */
export interface Asked {
  readonly bytes: string;
  readonly expected: number;
  onGood?(answer: string): void;
  onRefused?(): void;
}

export function createCredentials(): Asked {
  const form = `grant_type=client_credentials&scope=${encodeURIComponent(service.scope)}`;
  return { bytes: post(service, form), expected: 200 };
}

export function createMix(plan: PressurePlan): () => Asked {
  const tokens = [...plan.refreshTokens];
  const codes: { readonly code: string; readonly until: number }[] = [];
  const credentials = createCredentials();
  const authorizations = plan.cookies.map(
    (cookie) =>
      `GET ${authorizationTarget(verifier)} HTTP/1.1\r\nHost: localhost\r\nCookie: ${cookie}\r\n\r\n`,
  );
  const refresh = (): Asked => {
    const token = tokens.pop();
    if (token === undefined) return credentials;
    return {
      bytes: post(ownClient, `grant_type=refresh_token&refresh_token=${token}`),
      expected: 200,
      onGood: (answer) => void tokens.push(/"refresh_token":"([^"]+)"/.exec(answer)?.[1] ?? ''),
      onRefused: () => void tokens.push(token),
    };
  };
  const codeFlow = (turn: number): Asked => {
    const next = codes.shift();
    if (next === undefined || next.until < performance.now())
      return {
        bytes: authorizations[turn % authorizations.length] ?? '',
        expected: 303,
        onGood: (answer) => {
          const code = /[?&]code=([^&\r]+)/.exec(answer)?.[1];
          if (code !== undefined)
            codes.push({ code, until: performance.now() + usableMilliseconds });
        },
      };
    const form = `grant_type=authorization_code&code=${next.code}&code_verifier=${verifier}&redirect_uri=${encodeURIComponent(ownClient.redirectUri)}`;
    return {
      bytes: post(ownClient, form),
      expected: 200,
      onRefused: () => void codes.unshift(next),
    };
  };
  let turn = 0;
  return () => {
    turn += 1;
    if (turn % 3 === 0) return codeFlow(turn);
    return turn % 3 === 1 ? refresh() : credentials;
  };
}
