/**
 * The report of leaked keys (docs/guides/api-keys.md). Anybody who finds a key can send it here,
 * and the key is revoked at once. The whole key is the only proof that is required, so a report by
 * a thief ends the theft. The format is that of GitHub's secret scanning (partner program), so that
 * its alerts can be sent here unchanged.
 */
import { hash } from 'node:crypto';
import { digest, readApiKey } from '@keywright/jwt';
import type { Core } from '../../kernel/core.ts';
import { OAuthError, throttled } from '../../model/errors.ts';
import { isJsonObject, malformed, memberOf, parseJsonBody } from '../../kernel/http/json-body.ts';
import type { HttpRequest, HttpResponse } from '../../kernel/http/message.ts';
import { json } from '../../kernel/http/responses.ts';
import { networkOf } from '../../rules/network.ts';
import { findApiKey } from '../../kernel/tokens/api-key-judgement.ts';

interface Finding {
  readonly token: string;
  readonly type?: string;
  readonly url?: string;
}

interface Label {
  /** SHA-256 in hexadecimal, because the answer must not contain the key. */
  readonly token_hash: string;
  readonly token_type?: string;
  readonly label: 'true_positive' | 'false_positive';
}

const policy = { name: 'leak-reports', quota: 60, windowSeconds: 60 };
const mostFindings = 100;
const longestType = 100;
const longestUrl = 2000;
const longestLoggedPlace = 300;

export async function handleApiKeyLeaks(core: Core, request: HttpRequest): Promise<HttpResponse> {
  if (request.query !== '') throw new OAuthError('credentials_in_query');
  const findings = readFindings(parseJsonBody(request));
  const now = core.clock.nowSeconds();
  const network = networkOf(request.remoteAddress);
  // Anybody may report, so the reports of each network are limited.
  const bucket = { key: `leaks:${digest(network)}`, intervalSeconds: 1, burst: 60 };
  const retryAfterSeconds = await core.store.throttles.take([bucket], now);
  if (retryAfterSeconds > 0) throw throttled(policy, retryAfterSeconds, { network });
  return json(await Promise.all(findings.map((finding) => judge(core, finding, network, now))));
}

async function judge(core: Core, finding: Finding, network: string, now: number): Promise<Label> {
  const ours = await revokeFound(core, finding, network, now);
  return {
    token_hash: hash('sha256', finding.token, 'hex'),
    ...(finding.type !== undefined ? { token_type: finding.type } : {}),
    label: ours ? 'true_positive' : 'false_positive',
  };
}

/** Whether it is a key of this server, also an inactive one. An active key is revoked. */
async function revokeFound(
  core: Core,
  finding: Finding,
  network: string,
  now: number,
): Promise<boolean> {
  const presented = readApiKey(finding.token);
  const key = presented === undefined ? undefined : await findApiKey(core, presented);
  if (key === undefined) return false;
  if (await core.store.apiKeys.revoke(key.id, 'reported as leaked', now))
    core.events.emit({
      type: 'api_key.leaked',
      keyId: key.id,
      clientId: key.clientId,
      environment: key.environment,
      audience: key.audience,
      place: placeOf(finding.url),
      reportedFrom: network,
    });
  return true;
}

/**
 * The place where it was found, for the log. It is a text of the caller, so it is bounded, and
 * parts that may contain a secret are removed.
 */
function placeOf(url: string | undefined): string | undefined {
  const parsed = url === undefined ? null : URL.parse(url);
  if (parsed === null) return undefined;
  const { protocol, host, pathname } = parsed;
  return mayHoldKey(`${host}${pathname}`)
    ? undefined
    : `${protocol}//${host}${pathname}`.slice(0, longestLoggedPlace);
}

/**
 * Also with percent-encoding, and without its prefix. A secret is a long series of letters and
 * digits, longer than a commit id.
 */
function mayHoldKey(text: string): boolean {
  let plain: string;
  try {
    plain = decodeURIComponent(text);
  } catch {
    return true;
  }
  return plain.includes('%') || plain.includes('kwk_') || /[0-9A-Za-z]{43}/.test(plain);
}

function readFindings(body: unknown): readonly Finding[] {
  if (!Array.isArray(body)) throw malformed('The body must be an array.');
  if (body.length > mostFindings)
    throw malformed(`The array may have at most ${mostFindings} entries.`);
  return body.map(readFinding);
}

function readFinding(entry: unknown): Finding {
  if (!isJsonObject(entry)) throw malformed('Each entry must be an object.');
  const token = memberOf(entry, 'token');
  if (typeof token !== 'string') throw malformed('token must be a string.');
  const type = readText(memberOf(entry, 'type'), 'type', longestType);
  const url = readText(memberOf(entry, 'url'), 'url', longestUrl);
  return { token, ...(type !== undefined ? { type } : {}), ...(url !== undefined ? { url } : {}) };
}

function readText(value: unknown, name: string, longest: number): string | undefined {
  if (value === undefined || value === null) return undefined;
  if (typeof value !== 'string' || value.length > longest)
    throw malformed(`${name} must be a string of at most ${longest} characters.`);
  return value;
}
