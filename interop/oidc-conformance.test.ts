/**
 * The OpenID Foundation's conformance suite, as far as it is about the server: the modules of its
 * plans, played against examples/conformance as it stands there. What each module demands is a line
 * of its own in oidc-conformance/modules-*.ts; which plan has which, in oidc-conformance/plans.ts.
 * The pages are gone through by the automation that the suite is configured with
 * (examples/conformance/suite). Left out: session management, which is not served, and the suite's
 * waits, but where a second must pass. `npm test` plays every second module once, in one of its
 * plans.
 */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { isTried } from '../packages/jwt/src/testing-parts/series.ts';
import { readConfiguration } from './oidc-conformance/automation.ts';
import { type Bench, openBench } from './oidc-conformance/bench.ts';
import { modules } from './oidc-conformance/modules.ts';
import { plans } from './oidc-conformance/plans.ts';
import { startRun, type Variant } from './oidc-conformance/run.ts';

let bench: Bench;
beforeAll(async () => {
  bench = await openBench();
});
afterAll(() => bench?.stop());

function wayOf({ responseType, responseMode, authentication, registration }: Variant): string {
  return [responseType, responseMode, authentication, `${registration} client`].join(', ');
}

const rows = Object.entries(plans).flatMap(([plan, entries]) =>
  entries.map(({ variant, modules: names }) => ({ plan, variant, names, way: wayOf(variant) })),
);

const everyModule = Object.keys(modules);
const isPartOf = (name: string) => (row: (typeof rows)[number]) =>
  row.names.includes(name) && (modules[name]?.isFor?.(row.variant) ?? true);
const played = rows
  .map((row) => ({
    ...row,
    cases: row.names
      .filter((name) => isPartOf(name)(row))
      .filter((name) => isTried(everyModule.indexOf(name), row, rows.filter(isPartOf(name)), 2))
      .map((name) => ({ name, module: modules[name] })),
  }))
  .filter(({ cases }) => cases.length > 0);

describe.concurrent.each(played)('$plan ($way)', ({ plan, variant, cases }) => {
  it.each(cases)('$name: $module.demands', async ({ name, module }) => {
    if (module === undefined) throw new Error(`there is no module ${name}`);
    await module.play(startRun(bench, readConfiguration(plan, bench.issuer), name, variant));
  });
});

it('each module is part of a plan, and each module of a plan exists', () => {
  const used = new Set(rows.flatMap(({ names }) => names));
  expect([...used].toSorted()).toEqual(everyModule.toSorted());
});
