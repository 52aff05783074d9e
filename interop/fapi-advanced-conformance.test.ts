/**
 * The test plans `fapi1-advanced-final-test-plan` and `fapi-ciba-id1-test-plan` of the OpenID
 * Foundation's suite, played module by module against examples/conformance/fapi-1-advanced.yaml and
 * fapi-ciba.yaml, in every variant of `plain_fapi`. Each row has the name of its module; which
 * errors are taken is read off the conditions of the suite, which stand beside it.
 *
 * Left out: the modules of single countries, and those that wait for the end of a code, a
 * request_uri or an auth_req_id, for which the flows have a clock of their own. `npm test` plays
 * every second module once, in one of its variants.
 */
import type { IncomingMessage, ServerResponse } from 'node:http';
import { createServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import { afterAll, beforeAll, describe, it } from 'vitest';
import { isTried } from '../packages/jwt/src/testing-parts/series.ts';
import type { Bench } from './fapi/bench.ts';
import { openBench } from './fapi/open-bench.ts';
import type { Variant } from './fapi-advanced/bench.ts';
import { cibaModules, type CibaVariant, type Ping } from './fapi-advanced/ciba-modules.ts';
import { advancedModules } from './fapi-advanced/flow-modules.ts';

const authentications = ['private_key_jwt', 'mtls'] as const;

const variants: readonly Variant[] = authentications.flatMap((by) =>
  (['by_value', 'pushed'] as const).flatMap((method) =>
    (['plain_response', 'jarm'] as const).map((mode) => ({
      client_auth_type: by,
      fapi_auth_request_method: method,
      fapi_response_mode: mode,
    })),
  ),
);

describe('fapi1-advanced-final-test-plan', () => {
  let bench: Bench;
  beforeAll(async () => {
    bench = await openBench('fapi-1-advanced');
  });
  afterAll(() => bench?.stop());

  describe.each(variants)(
    '$client_auth_type, $fapi_auth_request_method, $fapi_response_mode',
    (variant) => {
      const modules = advancedModules.filter(
        ({ isFor = () => true }, at) =>
          isFor(variant) && isTried(at, variant, variants.filter(isFor), 2),
      );
      it.each(modules)('$name', ({ play }) => play(bench, variant));
    },
  );
});

describe('fapi-ciba-id1-test-plan', () => {
  const came: Ping[] = [];
  const waiting: ((ping: Ping) => void)[] = [];
  const nextPing = () =>
    new Promise<Ping>((resolve) => {
      const ping = came.shift();
      if (ping === undefined) waiting.push(resolve);
      else resolve(ping);
    });
  const receive = async (request: IncomingMessage, response: ServerResponse) => {
    const { authorization, 'content-type': contentType } = request.headers;
    const ping = { authorization, contentType, body: await text(request) };
    response.writeHead(204).end();
    const next = waiting.shift();
    if (next === undefined) came.push(ping);
    else next(ping);
  };
  let stopListening: (() => void) | undefined;
  let bench: Bench;
  beforeAll(async () => {
    bench = await openBench('fapi-ciba', ({ cert, key }) => {
      const server = createServer(
        { cert, key },
        (request, response) => void receive(request, response),
      );
      stopListening = () => server.close();
      return new Promise((resolve) =>
        server.listen(0, '127.0.0.1', () =>
          resolve(`https://localhost:${(server.address() as AddressInfo).port}/ping`),
        ),
      );
    });
  });
  afterAll(async () => {
    await bench?.stop();
    stopListening?.();
  });

  const ways: readonly CibaVariant[] = authentications.flatMap((by) =>
    (['poll', 'ping'] as const).map((mode) => ({ client_auth_type: by, ciba_mode: mode })),
  );
  describe.each(ways)('$client_auth_type, $ciba_mode', (variant) => {
    const modules = cibaModules
      .filter(
        ([, , isFor = () => true], at) =>
          isFor(variant) && isTried(at, variant, ways.filter(isFor), 2),
      )
      .map(([name, play]) => ({ name, play }));
    it.each(modules)('$name', ({ play }) => play({ bench, nextPing }, variant));
  });
});
