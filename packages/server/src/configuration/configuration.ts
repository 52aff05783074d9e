/** From a file, the environment and flags to a configuration that can be started, or every problem at once. */
import { availableParallelism } from 'node:os';
import path from 'node:path';
import {
  adminApi,
  type Api,
  type AuthorizationServerOptions,
  type Client,
  ConfigError,
  type ConfigProblem,
  type Random,
  registerApi,
  registerClient,
  resolveOptions,
} from '@keywright/core';
import type { Networks } from '@keywright/jwt';
import { DatabaseAddressError, isPostgresAddress, parsePostgresAddress } from '@keywright/store';
import type * as z from 'zod';
import {
  applyOverride,
  type Environment,
  type Override,
  readDocument,
  readEnvironment,
  resolveReferences,
} from './document.ts';
import { checkIssuerTransport } from './issuer.ts';
import { type DeclaredLimits, toLimits } from './limits.ts';
import { toDeclaredPath, toServerOptions } from './options.ts';
import { checkPolicies, type PolicyPlace, toPolicyPlace } from './policies.ts';
import { describeIssues } from './problems.ts';
import { parseProxies } from './proxies.ts';
import {
  apiSchema,
  clientSchema,
  configurationSchema,
  type DeclaredAccount,
  type DeclaredConfiguration,
} from './schema.ts';

export interface Configuration {
  readonly options: AuthorizationServerOptions;
  readonly serviceName: string;
  readonly host: string;
  readonly port: number;
  /** How many there may be at once. */
  readonly connections: number;
  /** How many processes serve; undefined for one alone, which nobody supervises. */
  readonly workers: number | undefined;
  readonly drainSeconds: number;
  /** With 0 keys are not rotated by themselves. */
  readonly rotateKeysDays: number;
  readonly limits: DeclaredLimits;
  /** Absolute path, `:memory:`, or a `postgres://` address: that may hold a password, and is not to be shown. */
  readonly database: string;
  readonly migrate: DeclaredConfiguration['migrate'];
  readonly sealingKey: string | undefined;
  readonly sealingKeyFile: string | undefined;
  readonly trustedProxies: Networks | undefined;
  readonly apis: readonly Api[];
  readonly clients: readonly Client[];
  readonly accounts: readonly DeclaredAccount[];
  /** Undefined when there are none. */
  readonly policies: PolicyPlace | undefined;
  /** With 0 nothing is written. */
  readonly auditRetentionDays: number;
  readonly log: {
    readonly level: DeclaredConfiguration['log']['level'];
    readonly file: string | undefined;
    /** Whether each request has a line. */
    readonly requests: boolean;
  };
  /** Where the metrics are served; undefined when nothing is measured. */
  readonly metrics: { readonly host: string; readonly port: number } | undefined;
  /** What weakens security and was chosen by name. */
  readonly warnings: readonly string[];
}

export interface ConfigurationSource {
  readonly file?: string | undefined;
  /** In place of what is in the file now. */
  readonly text?: string | undefined;
  readonly env: Environment;
  /** Flags: they win over the environment, which wins over the file. */
  readonly flags?: readonly Override[];
  readonly now: number;
  readonly random: Random;
}

/** Throws ConfigError with every problem. Does not read the sealing key and does not touch the database. */
export async function loadConfiguration(source: ConfigurationSource): Promise<Configuration> {
  const problems: ConfigProblem[] = [];
  const written = source.file === undefined ? {} : await readDocument(source.file, source.text);
  const overrides = [...readEnvironment(source.env, problems), ...(source.flags ?? [])];
  const resolved = resolveReferences(written, source.env, problems) as Record<string, unknown>;
  const unset = new Set(problems.map((problem) => problem.path));
  const document = overrides.reduce(applyOverride, resolved);
  const shape = configurationSchema.safeParse(document);
  if (!shape.success) problems.push(...describeIssues(configurationSchema, shape.error.issues));
  const { apis, clients } = registerDeclared(document, source, problems);
  const declared = shape.data;
  const checked = declared === undefined ? undefined : checkDeclared(declared, problems);
  if (problems.length > 0 || declared === undefined || checked === undefined) {
    throw new ConfigError(nameOverrides(withoutDoubles(problems, unset), overrides));
  }
  const folder = source.file === undefined ? process.cwd() : path.dirname(path.resolve(source.file));
  return {
    ...checked,
    ...resolvePaths(declared, folder, overrides),
    apis,
    clients,
    accounts: declared.accounts,
    limits: toLimits(declared),
    migrate: declared.migrate,
    auditRetentionDays: declared.audit.retention_days,
    rotateKeysDays: declared.keys.rotate_days,
  };
}

/** Everything beyond types that needs neither clients nor APIs. */
function checkDeclared(declared: DeclaredConfiguration, problems: ConfigProblem[]) {
  const warnings: string[] = [];
  checkIssuerTransport(
    declared.issuer,
    declared.danger_send_secrets_over_unencrypted_http,
    problems,
    warnings,
  );
  const options = toServerOptions(declared);
  const found: ConfigProblem[] = [];
  collect(found, () => resolveOptions(options));
  problems.push(...found.map((problem) => ({ ...problem, path: toDeclaredPath(problem.path) })));
  const trustedProxies = parseProxies(declared.trusted_proxies, problems);
  checkPolicies(declared, problems);
  checkDatabase(declared.database, problems);
  checkMetrics(declared, problems);
  checkWorkers(declared, problems);
  const { host, port, connections, workers, drain_seconds: drainSeconds } = declared.listen;
  const { metrics } = declared;
  return {
    options,
    serviceName: declared.service_name,
    host,
    port,
    connections,
    workers: workers === 'auto' ? availableParallelism() : workers,
    drainSeconds,
    metrics,
    trustedProxies,
    warnings,
  };
}

/** Relative paths of the file are meant from its folder; those of flags and environment from where they were typed. */
function resolvePaths(declared: DeclaredConfiguration, folder: string, overrides: readonly Override[]) {
  const resolve = (place: string, value: string): string => {
    const overridden = overrides.some((override) => override.path.join('.') === place);
    return path.resolve(overridden ? process.cwd() : folder, value);
  };
  const { database, sealing_key: sealingKey, sealing_key_file: keyFile, log } = declared;
  return {
    database: isFile(database) ? resolve('database', database) : database,
    policies: toPolicyPlace(declared, resolve),
    sealingKey,
    sealingKeyFile: keyFile === undefined ? undefined : resolve('sealing_key_file', keyFile),
    log: {
      level: log.level,
      file: log.file === undefined ? undefined : resolve('log.file', log.file),
      requests: log.requests,
    },
  };
}

/** The public port never serves them, whatever the hosts are: a proxy forwards all of it. */
function checkMetrics({ metrics, listen }: DeclaredConfiguration, problems: ConfigProblem[]): void {
  if (metrics !== undefined && metrics.port !== 0 && metrics.port === listen.port)
    problems.push({ path: 'metrics.port', message: 'must not be that of listen: give it one of its own' });
}

function checkWorkers({ listen, database }: DeclaredConfiguration, problems: ConfigProblem[]): void {
  if (listen.workers !== undefined && database === ':memory:')
    problems.push({
      path: 'listen.workers',
      message: 'needs a database that they can share, not `:memory:`',
    });
}

function isFile(database: string): boolean {
  return database !== ':memory:' && !isPostgresAddress(database);
}

function checkDatabase(database: string, problems: ConfigProblem[]): void {
  if (!isPostgresAddress(database)) return;
  try {
    parsePostgresAddress(database);
  } catch (error) {
    if (!(error instanceof DatabaseAddressError)) throw error;
    problems.push({ path: 'database', message: `cannot be used: ${error.message}` });
  }
}

/** Runs a check that throws ConfigError, and keeps its problems. */
function collect<T>(problems: ConfigProblem[], check: () => T): T | undefined {
  try {
    return check();
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    problems.push(...error.problems);
    return undefined;
  }
}

/** The elements of a list that have the right shape: their own rules can be checked even when others are wrong. */
function wellFormed<T>(list: unknown, schema: z.ZodType<T>): readonly (readonly [number, T])[] {
  if (!Array.isArray(list)) return [];
  return list.flatMap((element, index) => {
    const parsed = schema.safeParse(element);
    return parsed.success ? [[index, parsed.data] as const] : [];
  });
}

function registerDeclared(
  document: Record<string, unknown>,
  source: ConfigurationSource,
  problems: ConfigProblem[],
) {
  const common = { now: source.now, random: source.random, origin: 'config' } as const;
  const { issuer } = document;
  const builtIn = typeof issuer === 'string' ? [adminApi(issuer)] : [];
  const apis: Api[] = [];
  for (const [index, input] of wellFormed(document['apis'], apiSchema)) {
    const at = `apis[${index}]`;
    const api = collect(problems, () =>
      registerApi(input, { origin: 'config', apis: [...builtIn, ...apis], path: at }),
    );
    if (api !== undefined) apis.push(api);
  }
  // Scopes of an API that is wrong itself are not known: to complain about their use would mislead.
  const declared = document['apis'];
  const complete = declared === undefined || (Array.isArray(declared) && declared.length === apis.length);
  const clients: Client[] = [];
  for (const [index, input] of wellFormed(document['clients'], clientSchema)) {
    const at = `clients[${index}]`;
    const found: ConfigProblem[] = [];
    const registered = collect(found, () => registerClient(input, { ...common, apis, path: at }));
    problems.push(...found.filter(({ path: place }) => complete || place !== `${at}.scope`));
    if (registered === undefined) continue;
    assertDeclaredClient(registered, input.client_secret, clients, at, problems);
    clients.push(registered.client);
  }
  return { apis, clients };
}

function assertDeclaredClient(
  { client, secret }: { readonly client: Client; readonly secret?: string },
  declaredSecret: string | undefined,
  others: readonly Client[],
  at: string,
  problems: ConfigProblem[],
): void {
  if (others.some((other) => other.id === client.id)) {
    problems.push({ path: `${at}.client_id`, message: 'stands at another client too: each needs its own' });
  }
  // A secret made at each start would be known to nobody.
  if (secret !== undefined && declaredSecret === undefined) {
    problems.push({
      path: `${at}.client_secret`,
      message: 'is required for this client. Make one: openssl rand -base64 32',
    });
  }
}

/** Once each; and nothing more about a value that is not there because its environment variable is not set. */
function withoutDoubles(
  problems: readonly ConfigProblem[],
  unset: ReadonlySet<string>,
): readonly ConfigProblem[] {
  return problems.filter((one, index) => {
    const same = (other: ConfigProblem) =>
      other.path === one.path && (unset.has(one.path) || other.message === one.message);
    return index === problems.findIndex(same);
  });
}

/** A value that came from the environment or a flag is complained about under the name it was given by. */
function nameOverrides(
  problems: readonly ConfigProblem[],
  overrides: readonly Override[],
): readonly ConfigProblem[] {
  return problems.map((problem) => {
    const override = overrides.findLast(
      ({ path: place }) => place.join('.') === problem.path.replace(/\[\d+\]$/, ''),
    );
    return override === undefined ? problem : { ...problem, path: override.name };
  });
}
