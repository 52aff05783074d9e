/** `keywright contract <url>`: checks the 401 and 403 answers of any HTTP API from outside. */
import { setTimeout as sleep } from 'node:timers/promises';
import { ConfigError } from '@keywright/core';
import { createRequestSender } from '../contract/ask.ts';
import { loadContractConfiguration } from '../contract/configuration.ts';
import { checkIds, runContract } from '../contract/engine.ts';
import { renderReport } from '../contract/report.ts';
import { createTokenSource } from '../contract/token-source.ts';
import { describeFailure, print, warn } from './output.ts';

export interface ContractOptions {
  readonly config?: string;
  readonly json?: boolean;
  readonly strict?: boolean;
}

/**
 * Nothing was checked: the command or its configuration is wrong, or the tokens cannot be obtained.
 */
export const unusable = 2;

/**
 * Ends with 0 if every check that applies passes, with 1 if there is a fault, with 2 if nothing
 * could be checked.
 */
export async function checkContract(
  url: string | undefined,
  options: ContractOptions,
): Promise<void> {
  try {
    process.exitCode = await check(url, options);
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    warn(describeFailure(error));
    process.exitCode = unusable;
  }
}

async function check(
  url: string | undefined,
  { config, json, strict }: ContractOptions,
): Promise<0 | 1> {
  const settings = await loadContractConfiguration({
    file: config,
    url,
    env: process.env,
    checks: checkIds,
  });
  const { timeout_seconds: timeoutSeconds, max_body_bytes: maxBodyBytes } = settings.limits;
  const ask = createRequestSender({ timeoutSeconds, maxBodyBytes });
  const report = await runContract(settings, {
    ask,
    source: createTokenSource(settings.authorization_server, ask),
    nowSeconds: () => Math.floor(Date.now() / 1000),
    sleep: (milliseconds) => sleep(milliseconds),
    say: warn,
  });
  print(json === true ? JSON.stringify(report, undefined, 2) : renderReport(report, isColoured()));
  const { fault, skipped } = report.counts;
  return fault > 0 || (strict === true && skipped > 0) ? 1 : 0;
}

/** https://no-color.org */
function isColoured(): boolean {
  return process.stdout.isTTY && (process.env['NO_COLOR'] ?? '') === '';
}
