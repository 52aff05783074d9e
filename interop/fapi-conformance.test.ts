/**
 * The two FAPI 2.0 test plans of the OpenID Foundation's suite for authorization servers,
 * `fapi2-security-profile-final-test-plan` and `fapi2-message-signing-final-test-plan`, played
 * module by module against examples/conformance/fapi-2.yaml and fapi-2-message-signing.yaml: each
 * row has the name of its module, without `fapi2-security-profile-final-`. The profile is plain
 * FAPI with OpenID Connect, clients authenticate by `private_key_jwt`, and tokens are bound by
 * DPoP, and once by a certificate.
 *
 * Left out: the modules of single countries and of grant management, which the profile does not
 * switch on, and the two that wait for the end of a code and of a request_uri; the flows wait for
 * those by a clock of their own (authorization-code-errors, pushed-requests-errors).
 * `npm test` plays every second module once, at one of the two.
 */
import { afterAll, beforeAll, describe, it } from 'vitest';
import { isTried } from '../packages/jwt/src/testing-parts/series.ts';
import { assertionModules } from './fapi/assertion-modules.ts';
import type { Bench } from './fapi/bench.ts';
import { discoveryModules } from './fapi/discovery-modules.ts';
import { flowModules } from './fapi/flow-modules.ts';
import type { Module } from './fapi/modules.ts';
import { openBench, type Profile } from './fapi/open-bench.ts';
import { proofModules } from './fapi/proof-modules.ts';
import { signingModules } from './fapi/signing-modules.ts';
import { variantModules } from './fapi/variant-modules.ts';

const common: readonly Module[] = [
  ...discoveryModules,
  ...flowModules,
  ...assertionModules,
  ...proofModules,
  ...variantModules,
];
const plans: readonly (readonly [Profile, readonly Module[]])[] = [
  ['fapi-2', common],
  ['fapi-2-message-signing', [...common, ...signingModules]],
];

describe.each(plans)('the plan for %s', (profile, modules) => {
  let bench: Bench;
  beforeAll(async () => {
    bench = await openBench(profile);
  });
  afterAll(() => bench?.stop());

  const tried = modules.filter((module, at) => {
    const profiles = plans.filter(([, own]) => own.includes(module)).map(([name]) => name);
    return isTried(at, profile, profiles, 2);
  });
  it.each(tried)('%s', (_name, play) => play(bench));
});
