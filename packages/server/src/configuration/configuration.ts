/**
 * Makes the configuration from a file, the environment and flags, or reports every problem at once.
 */
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
import { type Brand, readBrand } from './brand.ts';
import { withLogos } from './client-brand.ts';
import { checkIssuerTransport } from './issuer.ts';
import { type DeclaredLimits, toLimits } from './limits.ts';
import { warnOfLifetimes } from './lifetimes.ts';
import { checkMail } from './mail.ts';
import { checkDynamicClients, parseOpenedNetworks } from './dynamic-clients.ts';
import { toDeclaredPath, toServerOptions } from './options.ts';
import { keySettings, resolveKeyPlace, resolvePaths, resolver } from './paths.ts';
import { checkPolicies, type PolicyPlace } from './policies.ts';
import type { BreachedPlaces } from '../accounts/breached-passwords.ts';
import type { AuthenticatorPolicy } from '../passkeys/verifier.ts';
import { readAuthenticatorPolicy } from './authenticators.ts';
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
  readonly brand: Brand;
  readonly supportUrl: string | undefined;
  readonly privacyUrl: string | undefined;
  /** The mail server. Undefined if no mail is sent. */
  readonly mail: DeclaredConfiguration['mail'];
  readonly host: string;
  readonly port: number;
  /** The largest number of buckets at one time. */
  readonly connections: number;
  /** The number of worker processes. Undefined for a single process without a supervisor. */
  readonly workers: number | undefined;
  readonly drainSeconds: number;
  /** With 0, keys are rotated only by command. */
  readonly rotateKeysDays: number;
  /** The folder of the private keys. Undefined: they are sealed in the database. */
  readonly keys: { readonly folder: string | undefined };
  readonly limits: DeclaredLimits;
  /**
   * An absolute path, `:memory:`, or a `postgres://` address. The address may contain a password,
   * so it must not be shown.
   */
  readonly database: string;
  readonly migrate: DeclaredConfiguration['migrate'];
  readonly sealingKey: string | undefined;
  readonly sealingKeyFile: string | undefined;
  readonly otherSealingKey: string | undefined;
  readonly otherSealingKeyFile: string | undefined;
  readonly trustedProxies: Networks | undefined;
  /** Private networks that addresses of clients may lead to. */
  readonly openedNetworks: Networks | undefined;
  /** Undefined if TLS ends before this server. */
  readonly tls: TlsPlace | undefined;
  readonly certificateHeader: CertificateHeader | undefined;
  readonly accounts: readonly DeclaredAccount[];
  /** Which models of authenticators may be added. Undefined: all. */
  readonly authenticators: AuthenticatorPolicy | undefined;
  /** Lists of passwords that nobody may choose. */
  readonly breachedPasswords: BreachedPlaces;
  /** With 0, there are no proofs of work. */
  readonly workDifficulty: number;
  /** Undefined if there are no policies. */
  readonly policies: PolicyPlace | undefined;
  /** With 0, no audit is written. */
  readonly auditRetentionDays: number;
  readonly log: {
    readonly level: DeclaredConfiguration['log']['level'];
    readonly file: string | undefined;
    /** Whether the log has a line for each request. */
    readonly requests: boolean;
  };
  /** The address that serves the metrics. Undefined if nothing is measured. */
  readonly metrics: { readonly host: string; readonly port: number } | undefined;
  /** The settings with `danger_` that weaken security. */
  readonly warnings: readonly string[];
}

export interface ConfigurationSource {
  readonly file?: string | undefined;
  /** Used instead of the content of the file. */
  readonly text?: string | undefined;
  readonly env: Environment;
  /** Flags. They override the environment, which overrides the file. */
  readonly flags?: readonly Override[];
  readonly now: number;
  readonly random: Random;
}

/**
 * Throws a ConfigError with every problem, including those of the sealing key and of the accounts.
 * The key is read only in this case. Does not touch the database.
 */
export async function loadConfiguration(source: ConfigurationSource): Promise<Configuration> {
  const problems: ConfigProblem[] = [];
  const written = source.file === undefined ? {} : await readDocument(source.file, source.text);
  const overrides = [...readEnvironment(source.env, problems), ...(source.flags ?? [])];
  const resolved = resolveReferences(written, source.env, problems) as Record<string, unknown>;
  const unset = new Set(problems.map((problem) => problem.path));
  const folder =
    source.file === undefined ? process.cwd() : path.dirname(path.resolve(source.file));
  const resolve = resolver(folder, overrides);
  const document = withLogos(overrides.reduce(applyOverride, resolved), resolve, problems);
  const shape = configurationSchema.safeParse(document);
  if (!shape.success) problems.push(...describeIssues(configurationSchema, shape.error.issues));
  const registered = registerDeclared(document, source, resolveQuietly(shape.data), problems);
  const declared = shape.data;
  const brand = await readBrand(document['brand'], resolve, problems);
  const authenticators = await readAuthenticatorPolicy(document['passkeys'], resolve, problems);
  const checked =
    declared === undefined ? undefined : checkDeclared(declared, registered.apis, problems);
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
    brand,
    authenticators,
    accounts: declared.accounts,
    limits: toLimits(declared),
    migrate: declared.migrate,
    auditRetentionDays: declared.audit.retention_days,
    rotateKeysDays: declared.keys.rotate_days,
    workDifficulty: declared.proof_of_work.difficulty,
  };
}

/** Finds further problems in a document that breaks the schema. Wrong values are removed first. */
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
  // The scopes of an API that is wrong itself are not known.
  if (problems.some(({ path: at }) => at.startsWith('apis'))) delete rest['registration'];
  const parse = () => configurationSchema.safeParse({ issuer: 'https://issuer.invalid', ...rest });
  // If a required value is wrong, its whole object is left out, unless other settings need the
  // object.
  const short = (parse().error?.issues ?? []).map((issue) => String(issue.path[0]));
  if (short.some((name) => neededByOthers.has(name))) return;
  for (const name of short) leaveOut(rest, [name]);
  const { data } = parse();
  if (data !== undefined) checkDeclared(data, apis, problems);
}

const neededByOthers: ReadonlySet<string> = new Set(['listen', 'client_certificate_header']);

/**
 * Removes only the wrong value, because others may need its neighbours. Of a list, removes the
 * whole list.
 */
function leaveOut(document: object, path: readonly PropertyKey[]): void {
  const item = path.findIndex((part) => typeof part === 'number');
  const named = item === -1 ? path : path.slice(0, item);
  const holder = named.slice(0, -1).reduce<unknown>((value, part) => Object(value)[part], document);
  Reflect.deleteProperty(Object(holder), named.at(-1) ?? '');
}

/** Problems of the sealing key. None if its settings have a wrong form. */
function findKeyProblems(
  document: Readonly<Record<string, unknown>>,
  folder: string,
  overrides: readonly Override[],
): readonly ConfigProblem[] {
  const { data } = keySettings.safeParse(document);
  return data === undefined
    ? []
    : findSealingKeyProblems(resolveKeyPlace(data, resolver(folder, overrides)));
}

/** Checks everything beyond types that needs no clients and no APIs. */
function checkDeclared(
  declared: DeclaredConfiguration,
  apis: readonly Api[],
  problems: ConfigProblem[],
) {
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
  checkDynamicClients(declared, apis, problems, warnings);
  warnOfLifetimes(declared, warnings);
  checkPolicies(declared, problems);
  checkDatabase(declared.database, problems);
  checkMetrics(declared, problems);
  checkTls(declared, problems);
  checkMail(declared, problems);
  checkWorkers(declared, problems);
  const { host, port, connections, workers, drain_seconds: drainSeconds } = declared.listen;
  const { metrics } = declared;
  return {
    options,
    serviceName: declared.service_name,
    supportUrl:
      declared.support_contact === undefined ? undefined : toSupportUrl(declared.support_contact),
    privacyUrl: declared.privacy_url,
    mail: declared.mail,
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

/**
 * The public port never serves the metrics, whatever the hosts are, because a proxy forwards all of
 * it.
 */
function checkMetrics({ metrics, listen }: DeclaredConfiguration, problems: ConfigProblem[]): void {
  if (metrics !== undefined && metrics.port !== 0 && metrics.port === listen.port)
    problems.push({
      path: 'metrics.port',
      message: 'must differ from the address of listen',
    });
}

function checkWorkers(
  { listen, database }: DeclaredConfiguration,
  problems: ConfigProblem[],
): void {
  if (listen.workers !== undefined && database === ':memory:')
    problems.push({
      path: 'listen.workers',
      message: 'needs a database that the processes can share, not `:memory:`',
    });
}

function checkDatabase(database: string, problems: ConfigProblem[]): void {
  // Otherwise it would be used as the name of a file.
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

/** Undefined if the limits are wrong themselves. Another check reports that. */
function resolveQuietly(declared: DeclaredConfiguration | undefined): ResolvedOptions | undefined {
  return declared === undefined
    ? undefined
    : collect([], () => resolveOptions(toServerOptions(declared)));
}
