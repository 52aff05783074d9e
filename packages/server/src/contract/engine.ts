/** Runs the checks one after the other, and judges the answers. */
import { type Answer, type Ask, type RequestSender, NoAnswerError } from './ask.ts';
import { type Check, checks, type NotAsked, type Sent } from './checks.ts';
import type { ContractConfiguration } from './configuration.ts';
import { type Demands, type Expected, judge, renderAnswer, renderExpected } from './expectation.ts';
import { loadMaterial, type Material } from './material.ts';
import { type ContractReport, type Line, toReport } from './report.ts';
import { judgeResourceMetadata, metadataCheck } from './resource-metadata.ts';
import { createSecrets, type Secrets } from './secrets.ts';
import type { TokenSource } from './token-source.ts';
import { type Exchange, findNotes, wholeChecks } from './whole.ts';

export interface ContractPorts {
  readonly ask: RequestSender;
  readonly source: TokenSource;
  readonly nowSeconds: () => number;
  readonly sleep: (milliseconds: number) => Promise<void>;
  /** Called before the check waits. */
  readonly say: (text: string) => void;
}

/** The ids of all checks that a configuration may skip. */
export const checkIds: readonly string[] = [
  ...checks.map(({ id }) => id),
  ...wholeChecks.map(({ id }) => id),
  metadataCheck.id,
];

/** After this number of requests in a row without an answer, the check stops. */
const mostUnanswered = 3;

interface Run {
  readonly ports: ContractPorts;
  readonly settings: ContractConfiguration;
  readonly secrets: Secrets;
  readonly exchanges: Exchange[];
  unanswered: number;
}

/**
 * Sends about forty requests, one after the other. Rejects with ConfigError if the tokens cannot be
 * obtained. Everything that the API does becomes a line of the report.
 */
export async function runContract(
  settings: ContractConfiguration,
  ports: ContractPorts,
): Promise<ContractReport> {
  const secrets = createSecrets();
  const material = await loadMaterial(settings, {
    source: ports.source,
    secrets,
    nowSeconds: ports.nowSeconds(),
  });
  const run: Run = { ports, settings, secrets, exchanges: [], unanswered: 0 };
  const lines = new Map<string, Line>();
  const isLate = settings.wait_for_expiry && material.tokens.expired === undefined;
  for (const check of checks) {
    if (check.id !== 'expired' || !isLate)
      lines.set(check.id, await runCheck(run, check, material));
  }
  if (isLate) lines.set('expired', await runExpired(run, material));
  const inOrder = checks.flatMap(({ id }) => lines.get(id) ?? []);
  const all = [...inOrder, ...judgeWhole(run), await judgeMetadata(run, material)];
  const clean = (line: Line): Line => {
    const { got, why } = line;
    return {
      ...line,
      got: secrets.redact(got),
      ...(why === undefined ? {} : { why: secrets.redact(why) }),
    };
  };
  return toReport(
    secrets.redact(settings.url),
    all.map(clean),
    findNotes(settings.url, run.exchanges),
  );
}

const bySkip: NotAsked = { verdict: 'skipped', why: 'left out by the configuration (skip)' };

async function runCheck(run: Run, check: Check, material: Material): Promise<Line> {
  const { settings } = run;
  const list = check.expect(material);
  const demands: Demands = { allowedStatus: settings.allowed_status, scope: settings.scope };
  const line = lineOf(check, list, demands);
  const sent = settings.skip.includes(check.id) ? bySkip : check.send(material);
  if ('why' in sent) return { ...line, ...sent };
  if (run.unanswered >= mostUnanswered)
    return { ...line, verdict: 'fault', why: 'not sent, because the API has stopped answering' };
  try {
    const answer = await exchange(run, check, sent);
    const why = judge(answer, list, demands);
    const got = renderAnswer(answer);
    return why === undefined
      ? { ...line, got, verdict: 'pass' }
      : { ...line, got, verdict: 'fault', why };
  } catch (error) {
    if (!(error instanceof NoAnswerError)) throw error;
    run.unanswered += 1;
    return { ...line, got: 'no answer', verdict: 'fault', why: error.message };
  }
}

function lineOf({ id, asked, section }: Check, list: readonly Expected[], demands: Demands) {
  return { id, asked, expected: renderExpected(list, demands), got: '', section };
}

async function exchange(run: Run, check: Check, sent: Sent): Promise<Answer> {
  const { ports, settings, secrets, exchanges } = run;
  if (sent.token !== undefined) secrets.add(sent.token);
  if (exchanges.length > 0 && settings.limits.pause_milliseconds > 0)
    await ports.sleep(settings.limits.pause_milliseconds);
  const answer = await ports.ask(toAsk(settings, sent));
  run.unanswered = 0;
  exchanges.push({ check, sent, answer });
  return answer;
}

function toAsk({ url, method, headers, body }: ContractConfiguration, sent: Sent): Ask {
  const target = new URL(sent.url ?? url);
  for (const [name, value] of Object.entries(sent.query ?? {}))
    target.searchParams.append(name, value);
  const names = new Set(Object.keys(headers).map((name) => name.toLowerCase()));
  return {
    url: target.href,
    method,
    headers: [
      ...(names.has('accept') ? [] : ['accept', 'application/json, */*;q=0.5']),
      ...Object.entries(headers).flat(),
      ...sent.authorization.flatMap((value) => ['authorization', value]),
    ],
    body,
  };
}

/** Sends the valid token after it has expired. */
async function runExpired(run: Run, material: Material): Promise<Line> {
  const { settings, ports } = run;
  const check = checks.find(({ id }) => id === 'expired') as Check;
  const { valid } = material.tokens;
  const skip = (why: string) =>
    runCheck(run, { ...check, send: () => ({ verdict: 'skipped', why }) }, material);
  if (valid === undefined) return runCheck(run, check, material);
  if (valid.expiresAt === undefined)
    return skip('the time at which the token expires is not known: give tokens.expired');
  const seconds = Math.max(
    0,
    valid.expiresAt + settings.clock_tolerance_seconds + 1 - ports.nowSeconds(),
  );
  if (seconds > settings.wait_seconds)
    return skip(
      `the API may accept the token for ${seconds} more seconds, which is longer than wait_seconds`,
    );
  ports.say(`Waiting ${seconds} s for the token to expire.`);
  await ports.sleep(seconds * 1000);
  return runCheck(run, check, { ...material, tokens: { ...material.tokens, expired: valid } });
}

function judgeWhole({ exchanges, secrets, settings }: Run): readonly Line[] {
  return wholeChecks.map(({ judge: judgeAnswers, ...rest }) => {
    if (settings.skip.includes(rest.id)) return { ...rest, got: '', ...bySkip };
    return { ...rest, ...judgeAnswers(exchanges, secrets) };
  });
}

async function judgeMetadata(
  { ports, settings, exchanges }: Run,
  { tokens }: Material,
): Promise<Line> {
  if (settings.skip.includes(metadataCheck.id)) return { ...metadataCheck, got: '', ...bySkip };
  const issuer = tokens.valid?.jwt?.claims['iss'];
  const named = typeof issuer === 'string' ? issuer : undefined;
  try {
    return {
      ...metadataCheck,
      ...(await judgeResourceMetadata(settings.url, exchanges, ports.ask, named)),
    };
  } catch (error) {
    if (!(error instanceof NoAnswerError)) throw error;
    return { ...metadataCheck, got: 'no answer', verdict: 'fault', why: error.message };
  }
}
