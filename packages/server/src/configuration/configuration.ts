/** From a file, the environment and flags to a configuration that can be started, or every problem at once. */
import { availableParallelism } from 'node:os';
import path from 'node:path';
import {
  type Api,
  type AuthorizationServerOptions,
  ConfigError,
  type ConfigProblem,
  type Random,
  type ResolvedOptions,
  resolveOptions,
} from '@keywright/core';
import type { Networks } from '@keywright/jwt';
import type * as z from 'zod';
import { DatabaseAddressError, isPostgresAddress, parsePostgresAddress } from '@keywright/store';
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
import { warnOfLifetimes } from './lifetimes.ts';
import { checkNewcomers, parseOpenedNetworks } from './newcomers.ts';
import { toDeclaredPath, toServerOptions } from './options.ts';
import { keySettings, resolveKeyPlace, resolvePaths, resolver } from './paths.ts';
import { checkPolicies, type PolicyPlace } from './policies.ts';
import { collect, describeIssues, nameOverrides, withoutDoubles } from './problems.ts';
import { parseProxies } from './proxies.ts';
import { type Registered, registerDeclared, wellFormed } from './registered.ts';
import { configurationSchema, type DeclaredAccount, type DeclaredConfiguration } from './schema.ts';
import { accountSchema } from './schema/account.ts';
import { toSupportUrl } from './schema/pages.ts';
import { findSealingKeyProblems } from './sealing-key.ts';
import { findAccountProblems } from './start-problems.ts';
import { type CertificateHeader, checkTls, type TlsPlace, toCertificateHeader } from './tls.ts';

export interface Configuration extends Registered {
  readonly options: AuthorizationServerOptions;
  readonly serviceName: string;
  readonly supportUrl: string | undefined;
  readonly privacyUrl: string | undefined;
  readonly host: string;
  readonly port: number;
  /** How many there may be at once. */
  readonly connections: number;
  /** How many processes serve; undefined for one alone, which nobody supervises. */
  readonly workers: number | undefined;
  readonly drainSeconds: number;
  /** With 0 keys are not rotated by themselves. */
  readonly rotateKeysDays: number;
  /** Where private keys lie; undefined: sealed in the database. */
  readonly keys: { readonly folder: string | undefined };
  readonly limits: DeclaredLimits;
  /** Absolute path, `:memory:`, or a `postgres://` address: that may hold a password, and is not to be shown. */
  readonly database: string;
  readonly migrate: DeclaredConfiguration['migrate'];
  readonly sealingKey: string | undefined;
  readonly sealingKeyFile: string | undefined;
  readonly otherSealingKey: string | undefined;
  readonly otherSealingKeyFile: string | undefined;
  readonly trustedProxies: Networks | undefined;
  /** That addresses of clients may lead into, although they are not public. */
  readonly openedNetworks: Networks | undefined;
  /** Undefined where TLS ends before this server. */
  readonly tls: TlsPlace | undefined;
  readonly certificateHeader: CertificateHeader | undefined;
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

/**
 * Throws ConfigError with every problem, and then with those of the sealing key and of the accounts as
 * well. Reads the key for that alone. Does not touch the database.
 */
export async function loadConfiguration(source: ConfigurationSource): Promise<Configuration> {
  const problems: ConfigProblem[] = [];
  const written = source.file === undefined ? {} : await readDocument(source.file, source.text);
  const overrides = [...readEnvironment(source.env, problems), ...(source.flags ?? [])];
  const resolved = resolveReferences(written, source.env, problems) as Record<string, unknown>;
  const unset = new Set(problems.map((problem) => problem.path));
  const document = overrides.reduce(applyOverride, resolved);
  const shape = configurationSchema.safeParse(document);
  if (!shape.success) problems.push(...describeIssues(configurationSchema, shape.error.issues));
  const registered = registerDeclared(document, source, resolveQuietly(shape.data), problems);
  const declared = shape.data;
  const folder = source.file === undefined ? process.cwd() : path.dirname(path.resolve(source.file));
  const checked = declared === undefined ? undefined : checkDeclared(declared, registered.apis, problems);
  if (problems.length > 0 || declared === undefined || checked === undefined) {
    if (!shape.success) checkRest(document, shape.error.issues, registered.apis, problems);
    problems.push(...findKeyProblems(document, folder, overrides));
    problems.push(...(await findAccountProblems(wellFormed(document['accounts'], accountSchema))));
    throw new ConfigError(nameOverrides(withoutDoubles(problems, unset), overrides));
  }
  return {
    ...checked,
    ...resolvePaths(declared, folder, overrides),
    ...registered,
    accounts: declared.accounts,
    limits: toLimits(declared),
    migrate: declared.migrate,
    auditRetentionDays: declared.audit.retention_days,
    rotateKeysDays: declared.keys.rotate_days,
  };
}

/** What else is wrong with a document of a wrong form: it is looked at without the values that are. */
function checkRest(
  document: Readonly<Record<string, unknown>>,
  issues: readonly z.core.$ZodIssue[],
  apis: readonly Api[],
  problems: ConfigProblem[],
): void {
  const rest = structuredClone(document) as Record<string, unknown>;
  for (const issue of issues) {
    const keys = issue.code === 'unrecognized_keys' ? issue.keys : [];
    for (const key of keys) leaveOut(rest, [...issue.path, key]);
    if (keys.length === 0) leaveOut(rest, issue.path);
  }
  // Scopes of an API that is wrong itself are not known.
  if (problems.some(({ path: at }) => at.startsWith('apis'))) delete rest['registration'];
  const parse = () => configurationSchema.safeParse({ issuer: 'https://issuer.invalid', ...rest });
  // What cannot be without a value is left out as a whole, unless other settings need it.
  const short = (parse().error?.issues ?? []).map((issue) => String(issue.path[0]));
  if (short.some((name) => neededByOthers.has(name))) return;
  for (const name of short) leaveOut(rest, [name]);
  const { data } = parse();
  if (data !== undefined) checkDeclared(data, apis, problems);
}

const neededByOthers: ReadonlySet<string> = new Set(['listen', 'client_certificate_header']);

/** The value alone, since others may need its neighbours; of a list, the whole list. */
function leaveOut(document: object, path: readonly PropertyKey[]): void {
  const item = path.findIndex((part) => typeof part === 'number');
  const named = item === -1 ? path : path.slice(0, item);
  const holder = named.slice(0, -1).reduce<unknown>((value, part) => Object(value)[part], document);
  Reflect.deleteProperty(Object(holder), named.at(-1) ?? '');
}

/** Of the sealing key; nothing where its settings are of a wrong form. */
function findKeyProblems(
  document: Readonly<Record<string, unknown>>,
  folder: string,
  overrides: readonly Override[],
): readonly ConfigProblem[] {
  const { data } = keySettings.safeParse(document);
  return data === undefined ? [] : findSealingKeyProblems(resolveKeyPlace(data, resolver(folder, overrides)));
}

/** Everything beyond types that needs neither clients nor APIs. */
function checkDeclared(declared: DeclaredConfiguration, apis: readonly Api[], problems: ConfigProblem[]) {
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
  const opened = declared.danger_outbound_to_private_networks;
  const openedNetworks = parseOpenedNetworks(opened, problems, warnings);
  checkNewcomers(declared, apis, problems, warnings);
  warnOfLifetimes(declared, warnings);
  checkPolicies(declared, problems);
  checkDatabase(declared.database, problems);
  checkMetrics(declared, problems);
  checkTls(declared, problems);
  checkWorkers(declared, problems);
  const { host, port, connections, workers, drain_seconds: drainSeconds } = declared.listen;
  const { metrics } = declared;
  return {
    options,
    serviceName: declared.service_name,
    supportUrl: declared.support_contact === undefined ? undefined : toSupportUrl(declared.support_contact),
    privacyUrl: declared.privacy_url,
    host,
    port,
    connections,
    workers: workers === 'auto' ? availableParallelism() : workers,
    drainSeconds,
    metrics,
    trustedProxies,
    openedNetworks,
    certificateHeader: toCertificateHeader(declared),
    warnings,
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

function checkDatabase(database: string, problems: ConfigProblem[]): void {
  // Else it would be taken for the name of a file.
  if (!isPostgresAddress(database) && /^[a-z][a-z0-9+.-]*:\/\//i.test(database))
    problems.push({
      path: 'database',
      message: 'must be a file, or an address that begins with postgres://',
    });
  if (!isPostgresAddress(database)) return;
  try {
    parsePostgresAddress(database);
  } catch (error) {
    if (!(error instanceof DatabaseAddressError)) throw error;
    problems.push({ path: 'database', message: `cannot be used: ${error.message}` });
  }
}

/** Undefined when they are wrong themselves: that is said elsewhere. */
function resolveQuietly(declared: DeclaredConfiguration | undefined): ResolvedOptions | undefined {
  return declared === undefined ? undefined : collect([], () => resolveOptions(toServerOptions(declared)));
}
