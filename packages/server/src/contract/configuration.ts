/**
 * Makes the settings of a contract check from a file and an address, or reports all problems at
 * once.
 */
import { ConfigError, type ConfigProblem } from '@keywright/core';
import { type Environment, readDocument, resolveReferences } from '../configuration/document.ts';
import { nearest } from '../configuration/nearest.ts';
import { describeIssues } from '../configuration/problems.ts';
import { type ContractSettings, contractSchema } from './schema.ts';

export type ContractConfiguration = ContractSettings & { readonly url: string };

export interface ContractSource {
  readonly file?: string | undefined;
  /** The address from the command line. It overrides the address in the file. */
  readonly url?: string | undefined;
  readonly env: Environment;
  /** Ids of all checks, for `skip`. */
  readonly checks: readonly string[];
}

/** Rejects with a ConfigError that contains every problem. */
export async function loadContractConfiguration(
  source: ContractSource,
): Promise<ContractConfiguration> {
  const problems: ConfigProblem[] = [];
  const written = source.file === undefined ? {} : await readDocument(source.file);
  const document = resolveReferences(written, source.env, problems) as Record<string, unknown>;
  const { data, error } = contractSchema.safeParse(
    source.url === undefined ? document : { ...document, url: source.url },
  );
  const unset = new Set(problems.map(({ path }) => path));
  // A variable that is not set in the environment is reported once.
  const issues = error === undefined ? [] : describeIssues(contractSchema, error.issues);
  problems.push(...issues.filter(({ path }) => !unset.has(path)));
  if (data !== undefined) problems.push(...findProblems(data, source.checks));
  if (data?.url === undefined || problems.length > 0) throw new ConfigError(problems);
  return { ...data, url: data.url };
}

function findProblems(
  settings: ContractSettings,
  checks: readonly string[],
): readonly ConfigProblem[] {
  const { url, forbidden, missing_url: missing } = settings;
  if (url === undefined)
    return [{ path: 'url', message: 'is missing: give it in the file or on the command line' }];
  return [
    ...findAddressProblems('url', url),
    ...findOtherAddressProblems('forbidden.url', forbidden?.url, url),
    ...findOtherAddressProblems('missing_url', missing, url),
    ...findForbiddenProblems(forbidden),
    ...findServerProblems(settings),
    ...findHeaderProblems(settings.headers),
    ...settings.skip
      .map((id, index) => ({ id, path: `skip[${index}]` }))
      .filter(({ id }) => !checks.includes(id))
      .map(({ id, path }) => ({
        path,
        message: `is not the name of a check${nearest(id, checks)}`,
      })),
  ];
}

function findAddressProblems(path: string, address: string): readonly ConfigProblem[] {
  const url = URL.parse(address);
  if (url === null || !['http:', 'https:'].includes(url.protocol))
    return [{ path, message: 'must be an http or https address' }];
  if (url.username !== '' || url.password !== '')
    return [{ path, message: 'must not contain a user name or a password' }];
  if (url.hash !== '')
    return [{ path, message: 'must have no fragment, because a fragment is never sent' }];
  return [];
}

/** The valid token is sent to all of these addresses, and it is for one API. */
function findOtherAddressProblems(
  path: string,
  address: string | undefined,
  url: string,
): readonly ConfigProblem[] {
  if (address === undefined) return [];
  const problems = findAddressProblems(path, address);
  if (problems.length > 0 || URL.parse(address)?.origin === URL.parse(url)?.origin) return problems;
  return [
    {
      path,
      message: 'must have the scheme, host and port of url, because the token is sent there',
    },
  ];
}

function findForbiddenProblems(forbidden: ContractSettings['forbidden']): readonly ConfigProblem[] {
  if (forbidden === undefined || (forbidden.url === undefined) !== (forbidden.token === undefined))
    return [];
  return [{ path: 'forbidden', message: 'needs either url or token, not both' }];
}

function findServerProblems({
  authorization_server: server,
  tokens,
  scope,
}: ContractSettings): readonly ConfigProblem[] {
  const path = 'authorization_server';
  const wantsLesser = tokens.lesser_scope !== undefined || server?.lesser_scope !== undefined;
  const problems = wantsLesser && scope === undefined ? [neededScope] : [];
  if (server === undefined) return problems;
  const addresses = (['issuer', 'token_endpoint', 'jwks_uri'] as const).flatMap((name) =>
    server[name] === undefined ? [] : findAddressProblems(`${path}.${name}`, server[name]),
  );
  const isHalf = (server.client_id === undefined) !== (server.client_secret === undefined);
  const half = isHalf
    ? [{ path: `${path}.client_id`, message: 'needs client_secret as well: give both' }]
    : [];
  const homeless =
    server.client_id !== undefined && (server.issuer ?? server.token_endpoint) === undefined;
  const home = homeless
    ? [
        {
          path: `${path}.issuer`,
          message: 'is missing, and so is token_endpoint: give one of them',
        },
      ]
    : [];
  return [...problems, ...addresses, ...half, ...home];
}

const neededScope = {
  path: 'scope',
  message:
    'must contain the scope that the address needs. Without it, the check cannot know whether a scope is too small',
};

/** The headers that the checks send themselves. */
const ownHeaders = ['authorization', 'host', 'content-length', 'connection', 'transfer-encoding'];

function findHeaderProblems(headers: ContractSettings['headers']): readonly ConfigProblem[] {
  return Object.entries(headers).flatMap(([name, value]) => {
    const path = `headers.${name}`;
    if (ownHeaders.includes(name.toLowerCase()))
      return [{ path, message: 'is set by the checks themselves' }];
    if (!/^[!#$%&'*+.^_`|~0-9A-Za-z-]+$/.test(name))
      return [{ path, message: 'is not a valid header name' }];
    if (!/^[\t\x20-\x7E]*$/.test(value)) return [{ path, message: 'must be printable ASCII' }];
    return [];
  });
}
