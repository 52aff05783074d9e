/** The commands and flags of the command line. Each command's code is in its own file. */
import { Command, Option } from 'commander';
import { defaultLeadSeconds } from '@keywright/core';
import { addAudit } from './audit-commands.ts';
import { addClientChanges } from './client-commands.ts';
import type { GlobalOptions } from './context.ts';
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
      'SQLite file or postgres:// address, in place of the configuration’s',
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
      'processes that serve on that port, or auto: as many as there are cores',
    )
    .addOption(new Option('--supervised').hideHelp())
    .action(async (_, command: Command) => (await import('./serve.ts')).serve(globals(command)));
}

function addMigrate(program: Command): void {
  withGlobalOptions(program.command('migrate'))
    .description('bring the tables up to date with this version; servers may run meanwhile')
    .option(
      '--dry-run',
      'say what would be done, who waits meanwhile and about how long; change nothing',
    )
    .option('--json', 'answer in JSON')
    .action(async (options, command: Command) =>
      (await import('./migrate.ts')).migrate(options, globals(command)),
    );
}

function addClients(program: Command): void {
  const clients = program.command('clients').description('applications');
  withGlobalOptions(clients.command('add'))
    .description('register an application; its secret is shown once')
    .requiredOption('--name <name>', 'shown at consent')
    .requiredOption('--kind <kind>', 'web, browser, native or service')
    .requiredOption('--trust <trust>', 'first-party, third-party or unverified')
    .option('--id <client_id>', 'default: a random one')
    .option('--publisher <publisher>', 'who stands behind it')
    .option('--homepage <url>', 'its home page')
    .option('--redirect-uri <uri>', 'where answers may go; may be repeated', collect)
    .option('--grant-type <grant>', 'default: those of its tier; may be repeated', collect)
    .option('--scope <scope>', 'the ceiling, parted by spaces')
    .option('--optional-scope <scope>', 'those that the user may untick')
    .option(
      '--auth-method <method>',
      'how it authenticates: client_secret_basic, private_key_jwt, ...',
    )
    .option('--auth-signing-alg <algorithm>', 'what it signs its assertions with, and nothing else')
    .option('--jwks <file>', 'its public keys, a JWK set')
    .option('--jwks-uri <url>', 'where they are published')
    .option('--tls-subject-dn <name>', 'the subject of its certificate, for tls_client_auth')
    .option('--tls-san-dns <host>', 'or a host name in it')
    .option('--certificate-bound-tokens', 'its tokens are bound to its certificate')
    .option(
      '--id-token-alg <algorithm>',
      'what its ID tokens are signed with, of keys.algorithms; RS256 when left out',
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
    .description('end an application and everything it was given')
    .action(async (id: string, _, command: Command) =>
      (await import('./clients.ts')).disableClient(id, globals(command)),
    );
  withGlobalOptions(clients.command('enable <client_id>'))
    .description('let a disabled application in again; nothing that had ended comes back')
    .action(async (id: string, _, command: Command) =>
      (await import('./clients.ts')).enableClient(id, globals(command)),
    );
}

function addAccounts(program: Command): void {
  const accounts = program.command('accounts').description('people who sign in');
  withGlobalOptions(accounts.command('add'))
    .description('add a person; the password is asked for, or read from standard input')
    .requiredOption('--email <email>', 'the address')
    .requiredOption('--name <name>', 'the name')
    .option('--verified', 'somebody checked that the address is theirs')
    .option(
      '--claim <name=value>',
      'what else is said of them (OpenID Connect Core §5.1); may be repeated',
      collect,
    )
    .option('--password-file <file>', 'file that holds the password')
    .addOption(new Option('--password [password]').hideHelp())
    .option('--json', 'answer in JSON')
    .action(async (options, command: Command) =>
      (await import('./accounts.ts')).addAccount(options, globals(command)),
    );
  withGlobalOptions(accounts.command('list'))
    .description('all accounts')
    .option('--json', 'answer in JSON')
    .action(async (options, command: Command) =>
      (await import('./accounts.ts')).listAccounts(options, globals(command)),
    );
  withGlobalOptions(accounts.command('disable <id_or_email>'))
    .description('end an account, its sign-ins and everything it granted')
    .action(async (id: string, _, command: Command) =>
      (await import('./accounts.ts')).disableAccount(id, globals(command)),
    );
  withGlobalOptions(accounts.command('enable <id_or_email>'))
    .description('let a disabled account sign in again; nothing that had ended comes back')
    .action(async (id: string, _, command: Command) =>
      (await import('./accounts.ts')).enableAccount(id, globals(command)),
    );
  withGlobalOptions(accounts.command('set-password <id_or_email>'))
    .description(
      'give an account a new password, asked for or read from standard input, and end its sign-ins',
    )
    .option('--password-file <file>', 'file that holds the password')
    .addOption(new Option('--password [password]').hideHelp())
    .option('--end-grants', 'end everything that it granted, too')
    .action(async (id: string, options, command: Command) =>
      (await import('./accounts.ts')).setPassword(id, options, globals(command)),
    );
}

function addApis(program: Command): void {
  const apis = program.command('apis').description('APIs that tokens are issued for');
  withGlobalOptions(apis.command('list'))
    .description('all APIs; they are declared in the configuration')
    .option('--json', 'answer in JSON')
    .action(async (options, command: Command) =>
      (await import('./apis.ts')).listApis(options, globals(command)),
    );
}

function addKeys(program: Command): void {
  const keys = program.command('keys').description('signing keys');
  withGlobalOptions(keys.command('list'))
    .description('all published keys')
    .option('--json', 'answer in JSON')
    .action(async (options, command: Command) =>
      (await import('./keys.ts')).listKeys(options, globals(command)),
    );
  withGlobalOptions(keys.command('rotate'))
    .description('publish new keys, which sign once every API has had time to see them')
    .option('--algorithm <algorithm>', 'only ES256 or only RS256')
    .option('--lead-seconds <seconds>', 'time until the new keys sign', String(defaultLeadSeconds))
    .option(
      '--withdraw',
      'the former keys were stolen: the new ones sign at once, what the former signed is void',
    )
    .option('--json', 'answer in JSON')
    .action(async (options, command: Command) =>
      (await import('./keys.ts')).rotate(options, globals(command)),
    );
}

function addSeal(program: Command): void {
  const seal = program.command('seal').description('what rests sealed in the database');
  withGlobalOptions(seal.command('rotate'))
    .description('seal everything anew with the present sealing key, while servers run')
    .option('--json', 'answer in JSON')
    .action(async (options, command: Command) =>
      (await import('./seal.ts')).rotateSeals(options, globals(command)),
    );
}

function addApiKeys(program: Command): void {
  const apiKeys = program.command('api-keys').description('keys that services call APIs with');
  withGlobalOptions(apiKeys.command('add'))
    .description('issue a key to a service; it is shown once')
    .requiredOption('--client <client_id>', 'the service')
    .requiredOption('--environment <environment>', 'where it is used, like live or test')
    .requiredOption('--name <name>', 'which program or machine holds it')
    .requiredOption(
      '--scope <scope>',
      'of what the service may have, parted by spaces, all of one API',
    )
    .option('--expires <span>', 'how long it lives, like 90d; default: until it is revoked')
    .option(
      '--network <cidr>',
      'where it may be used from; may be repeated; default: anywhere',
      collect,
    )
    .option('--json', 'answer in JSON')
    .action(async (options, command: Command) =>
      (await import('./api-keys.ts')).addApiKey(options, globals(command)),
    );
  withGlobalOptions(apiKeys.command('list'))
    .description('all keys, with their last use; those that ended stay for 90 days')
    .option('--client <client_id>', 'those of one service')
    .option('--json', 'answer in JSON')
    .action(async (options, command: Command) =>
      (await import('./api-keys.ts')).listApiKeys(options, globals(command)),
    );
  withGlobalOptions(apiKeys.command('rotate <key_id>'))
    .description('issue a successor; the former key goes on for a while')
    .option('--overlap <span>', 'how long the former key still works; default: 24h')
    .option(
      '--expires <span>',
      'how long the new key lives; default: as long as the former was given',
    )
    .option('--json', 'answer in JSON')
    .action(async (id: string, options, command: Command) =>
      (await import('./api-keys.ts')).rotate(id, options, globals(command)),
    );
  withGlobalOptions(apiKeys.command('revoke <key_id>'))
    .description('end a key, now and everywhere')
    .option('--because <reason>', 'for the record', 'revoked by an administrator')
    .action(async (id: string, options, command: Command) =>
      (await import('./api-keys.ts')).revokeApiKey(id, options, globals(command)),
    );
}

function addExplain(program: Command): void {
  withGlobalOptions(program.command('explain <client_id>'))
    .description('what an application may do, and why')
    .action(async (id: string, _, command: Command) =>
      (await import('./clients.ts')).explain(id, globals(command)),
    );
}

/** Has its own configuration, and needs neither server nor database. */
function addContract(program: Command): void {
  program
    .command('contract [url]')
    .description('check the 401 and 403 answers of any HTTP API, ours or not')
    .option(
      '-c, --config <file>',
      'what to ask, with which tokens: JSON or YAML (docs/guides/contract.md)',
    )
    .option('--json', 'answer in JSON')
    .option('--strict', 'take what was skipped for a fault')
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
    .description('why a request was refused, by the id or the error_uri that its answer shows')
    .option(
      '--log <file>',
      'log to look in beside the server’s own, - for standard input; may be repeated',
      collect,
    )
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
    .showHelpAfterError('(--help shows what there is)')
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
  ];
  for (const add of commands) add(program);
  const parts = { withGlobalOptions, globals };
  for (const add of [
    addRegistration,
    addPermissions,
    addMemberships,
    addParents,
    addTransfers,
    addAudit,
  ])
    add(program, parts);
  addIssuer(program, parts);
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
