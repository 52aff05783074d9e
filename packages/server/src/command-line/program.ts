/** The commands and flags of the command line. Each command's code is in its own file. */
import { Command, Option } from 'commander';
import { defaultLeadSeconds } from '@keywright/core';
import { addAudit } from './audit-commands.ts';
import { addClientChanges } from './client-commands.ts';
import type { GlobalOptions } from './context.ts';
import { addInvitations } from './invitation-commands.ts';
import { addIssuer } from './issuer-commands.ts';
import { describeFailure, warn } from './output.ts';
import { addRegistration } from './registration-commands.ts';
import { addTransfers } from './transfer-commands.ts';
import { readVersion } from '../version.ts';
import { addMemberships, addParents, addPermissions, collect } from './permission-commands.ts';

/** Flags may be before or after the command. */
function withGlobalOptions(command: Command): Command {
  return command
    .option('-c, --config <file>', 'configuration file, JSON or YAML (or KEYWRIGHT_CONFIG)')
    .option(
      '--database <name>',
      'SQLite file or postgres:// address, instead of that of the configuration',
    );
}

const globals = (command: Command): GlobalOptions => command.optsWithGlobals();

function addServe(program: Command): void {
  withGlobalOptions(program.command('serve'))
    .description('run the authorization server')
    .option('--host <address>', 'address to listen on')
    .option('--port <port>', 'port to listen on')
    .option(
      '--workers <number>',
      'number of processes that serve the port, or auto: one for each core',
    )
    .addOption(new Option('--supervised').hideHelp())
    .action(async (_, command: Command) => (await import('./serve.ts')).serve(globals(command)));
}

function addMigrate(program: Command): void {
  withGlobalOptions(program.command('migrate'))
    .description('update the tables for this version; servers may run meanwhile')
    .option(
      '--dry-run',
      'show what would be done, who waits for it and about how long; change nothing',
    )
    .option('--json', 'answer in JSON')
    .action(async (options, command: Command) =>
      (await import('./migrate.ts')).migrate(options, globals(command)),
    );
}

function addClients(program: Command): void {
  const clients = program.command('clients').description('applications');
  withGlobalOptions(clients.command('add'))
    .description('register an application; its secret is shown only once')
    .requiredOption('--name <name>', 'name on the consent page')
    .requiredOption('--kind <kind>', 'web, browser, native or service')
    .requiredOption('--trust <trust>', 'first-party, third-party or unverified')
    .option('--id <client_id>', 'default: a random one')
    .option('--publisher <publisher>', 'the person or company that publishes it')
    .option('--homepage <url>', 'its home page')
    .option('--redirect-uri <uri>', 'address for answers; may be repeated', collect)
    .option('--grant-type <grant>', 'default: those of its tier; may be repeated', collect)
    .option('--scope <scope>', 'the scopes that it may have, separated by spaces')
    .option('--optional-scope <scope>', 'scopes that the user may decline')
    .option(
      '--auth-method <method>',
      'how it authenticates: client_secret_basic, private_key_jwt, ...',
    )
    .option(
      '--auth-signing-alg <algorithm>',
      'the only algorithm with which it signs its assertions',
    )
    .option('--jwks <file>', 'its public keys, a JWK set')
    .option('--jwks-uri <url>', 'the address of its public keys')
    .option('--tls-subject-dn <name>', 'the subject of its certificate, for tls_client_auth')
    .option('--tls-san-dns <host>', 'or a host name in its certificate')
    .option('--certificate-bound-tokens', 'bind its tokens to its certificate')
    .option(
      '--id-token-alg <algorithm>',
      'the algorithm of its ID tokens, one of keys.algorithms; default: RS256',
    )
    .option('--json', 'answer in JSON')
    .action(async (options, command: Command) =>
      (await import('./clients.ts')).addClient(options, globals(command)),
    );
  addClientChanges(clients, { withGlobalOptions, globals });
  withGlobalOptions(clients.command('list'))
    .description('all applications')
    .option('--json', 'answer in JSON')
    .action(async (options, command: Command) =>
      (await import('./clients.ts')).listClients(options, globals(command)),
    );
  withGlobalOptions(clients.command('disable <client_id>'))
    .description('disable an application and end all its access')
    .action(async (id: string, _, command: Command) =>
      (await import('./clients.ts')).disableClient(id, globals(command)),
    );
  withGlobalOptions(clients.command('enable <client_id>'))
    .description('enable a disabled application; ended access is not restored')
    .action(async (id: string, _, command: Command) =>
      (await import('./clients.ts')).enableClient(id, globals(command)),
    );
}

function addAccounts(program: Command): void {
  const accounts = program.command('accounts').description('users who sign in');
  withGlobalOptions(accounts.command('add'))
    .description('add an account; the password is asked for, or read from standard input')
    .requiredOption('--email <email>', 'the address')
    .requiredOption('--name <name>', 'the name')
    .option('--verified', 'the address was verified')
    .option(
      '--claim <name=value>',
      'further claims (OpenID Connect Core §5.1); may be repeated',
      collect,
    )
    .option('--password-file <file>', 'file that contains the password')
    .addOption(new Option('--password [password]').hideHelp())
    .option('--json', 'answer in JSON')
    .action(async (options, command: Command) =>
      (await import('./accounts.ts')).addAccount(options, globals(command)),
    );
  withGlobalOptions(accounts.command('import <file>'))
    .description(
      'add accounts of another system with their password hashes, one JSON object a line',
    )
    .option('--check', 'only check every line')
    .action(async (file: string, options, command: Command) =>
      (await import('./account-import.ts')).importAccounts(file, options, globals(command)),
    );
  withGlobalOptions(accounts.command('list'))
    .description('all accounts')
    .option('--json', 'answer in JSON')
    .action(async (options, command: Command) =>
      (await import('./accounts.ts')).listAccounts(options, globals(command)),
    );
  withGlobalOptions(accounts.command('disable <id_or_email>'))
    .description('disable an account, and end its sign-ins and all access that it granted')
    .action(async (id: string, _, command: Command) =>
      (await import('./accounts.ts')).disableAccount(id, globals(command)),
    );
  withGlobalOptions(accounts.command('enable <id_or_email>'))
    .description('enable a disabled account; ended access is not restored')
    .action(async (id: string, _, command: Command) =>
      (await import('./accounts.ts')).enableAccount(id, globals(command)),
    );
  withGlobalOptions(accounts.command('set-password <id_or_email>'))
    .description(
      'set a new password, asked for or read from standard input, and end the sign-ins of the account',
    )
    .option('--password-file <file>', 'file that contains the password')
    .addOption(new Option('--password [password]').hideHelp())
    .option('--end-grants', 'also end all access that the account granted')
    .action(async (id: string, options, command: Command) =>
      (await import('./accounts.ts')).setPassword(id, options, globals(command)),
    );
  addInvitations(accounts, { withGlobalOptions, globals });
  withGlobalOptions(accounts.command('remove-second-factor <id_or_email>'))
    .description('remove a lost authenticator app and its recovery codes from an account')
    .action(async (id: string, _, command: Command) =>
      (await import('./accounts.ts')).removeSecondFactor(id, globals(command)),
    );
}

function addApis(program: Command): void {
  const apis = program.command('apis').description('APIs for which tokens are issued');
  withGlobalOptions(apis.command('list'))
    .description('list all APIs; the configuration declares them')
    .option('--json', 'answer in JSON')
    .action(async (options, command: Command) =>
      (await import('./apis.ts')).listApis(options, globals(command)),
    );
}

function addKeys(program: Command): void {
  const keys = program.command('keys').description('signing keys');
  withGlobalOptions(keys.command('list'))
    .description('list all published keys')
    .option('--json', 'answer in JSON')
    .action(async (options, command: Command) =>
      (await import('./keys.ts')).listKeys(options, globals(command)),
    );
  withGlobalOptions(keys.command('rotate'))
    .description('publish new keys; they sign after every API has had time to load them')
    .option('--algorithm <algorithm>', 'only ES256 or only RS256')
    .option('--lead-seconds <seconds>', 'time until the new keys sign', String(defaultLeadSeconds))
    .option(
      '--withdraw',
      'the former keys were stolen: the new keys sign at once, and everything that the former keys signed is void',
    )
    .option('--json', 'answer in JSON')
    .action(async (options, command: Command) =>
      (await import('./keys.ts')).rotate(options, globals(command)),
    );
}

function addSeal(program: Command): void {
  const seal = program.command('seal').description('secrets that are sealed in the database');
  withGlobalOptions(seal.command('rotate'))
    .description('seal all secrets again with the current sealing key, while servers run')
    .option('--json', 'answer in JSON')
    .action(async (options, command: Command) =>
      (await import('./seal.ts')).rotateSeals(options, globals(command)),
    );
}

function addApiKeys(program: Command): void {
  const apiKeys = program.command('api-keys').description('keys with which services call APIs');
  withGlobalOptions(apiKeys.command('add'))
    .description('issue a key to a service; it is shown only once')
    .requiredOption('--client <client_id>', 'the service')
    .requiredOption('--environment <environment>', 'where it is used, for example live or test')
    .requiredOption('--name <name>', 'the program or machine that uses it')
    .requiredOption('--scope <scope>', 'scopes of the service, separated by spaces, all of one API')
    .option('--expires <span>', 'lifetime, for example 90d; default: until it is revoked')
    .option(
      '--network <cidr>',
      'network from which it may be used; may be repeated; default: any',
      collect,
    )
    .option('--json', 'answer in JSON')
    .action(async (options, command: Command) =>
      (await import('./api-keys.ts')).addApiKey(options, globals(command)),
    );
  withGlobalOptions(apiKeys.command('list'))
    .description('list all keys with their last use; ended keys stay for 90 days')
    .option('--client <client_id>', 'keys of one service')
    .option('--json', 'answer in JSON')
    .action(async (options, command: Command) =>
      (await import('./api-keys.ts')).listApiKeys(options, globals(command)),
    );
  withGlobalOptions(apiKeys.command('rotate <key_id>'))
    .description('issue a successor; the former key works for a while')
    .option('--overlap <span>', 'how long the former key still works; default: 24h')
    .option('--expires <span>', 'lifetime of the new key; default: the lifetime of the former key')
    .option('--json', 'answer in JSON')
    .action(async (id: string, options, command: Command) =>
      (await import('./api-keys.ts')).rotate(id, options, globals(command)),
    );
  withGlobalOptions(apiKeys.command('revoke <key_id>'))
    .description('end a key, now and everywhere')
    .option('--because <reason>', 'the reason, for the record', 'revoked by an administrator')
    .action(async (id: string, options, command: Command) =>
      (await import('./api-keys.ts')).revokeApiKey(id, options, globals(command)),
    );
}

function addExplain(program: Command): void {
  withGlobalOptions(program.command('explain <client_id>'))
    .description('show what an application may do, and why')
    .action(async (id: string, _, command: Command) =>
      (await import('./clients.ts')).explain(id, globals(command)),
    );
}

/** Has its own configuration, and needs neither server nor database. */
function addContract(program: Command): void {
  program
    .command('contract [url]')
    .description('check the 401 and 403 answers of any HTTP API')
    .option(
      '-c, --config <file>',
      'what to check, with which tokens: JSON or YAML (docs/guides/contract.md)',
    )
    .option('--json', 'answer in JSON')
    .option('--strict', 'treat a skipped check as a fault')
    .addHelpText(
      'after',
      '\nEnds with 0 if all checks that apply pass, 1 with a fault, 2 if nothing could be checked.',
    )
    // A misspelt flag means that nothing was checked. It must not look like a fault of the API.
    .exitOverride(({ exitCode }) => process.exit(exitCode === 0 ? 0 : 2))
    .action(async (url: string | undefined, _, command: Command) =>
      (await import('./check-contract.ts')).checkContract(url, command.optsWithGlobals()),
    );
}

function addWhy(program: Command): void {
  withGlobalOptions(program.command('why <decision>'))
    .description('explain why a request was refused, by the id or the error_uri in its answer')
    .option('--log <file>', 'another log to search, - for standard input; may be repeated', collect)
    .option('--json', 'answer in JSON')
    .action(async (id: string, _, command: Command) =>
      (await import('./why.ts')).why(id, command.optsWithGlobals()),
    );
}

/** All commands, with their help. Nothing is run. */
export function createProgram(): Command {
  const program = new Command('keywright').description(
    'OAuth 2 and OpenID Connect authorization server',
  );
  withGlobalOptions(program)
    .version(readVersion())
    .showHelpAfterError('(--help shows all commands and flags)')
    .configureOutput({ writeErr: (text) => warn(text.trimEnd()) });
  const commands = [
    addServe,
    addMigrate,
    addClients,
    addAccounts,
    addApis,
    addKeys,
    addSeal,
    addApiKeys,
    addExplain,
    addWhy,
    addContract,
    addRegistration,
    addPermissions,
    addMemberships,
    addParents,
    addTransfers,
    addAudit,
    addIssuer,
  ];
  for (const add of commands) add(program, { withGlobalOptions, globals });
  return program;
}

/** Runs the command of these arguments. How it ended is in `process.exitCode`. */
export async function runCommandLine(args: readonly string[]): Promise<void> {
  try {
    await createProgram().parseAsync(args, { from: 'user' });
  } catch (error) {
    warn(describeFailure(error));
    process.exitCode = 1;
  }
}
