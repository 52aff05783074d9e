/** The whole product: store, accounts, pages and log around core, behind an HTTP server. */
import { setTimeout as delay } from 'node:timers/promises';
import {
  type AuthorizationServer,
  createAuthorizationServer,
  ensureKeys,
  createLogoutTeller,
  type Events,
  type Outbound,
  resolveOptions,
  settleIssuer,
  type Store,
} from '@keywright/core';
import { type Audit, type AuditParts, createAudit, tellBoth } from './audit/audit.ts';
import { createAccounts } from './accounts/accounts.ts';
import { openBreachedPasswords } from './accounts/breached-passwords.ts';
import { createOneTimePasswords } from './accounts/one-time-passwords.ts';
import { createTurnstile } from './accounts/turnstile.ts';
import { createWorkProofs } from './accounts/work-proofs.ts';
import type { Configuration } from './configuration/configuration.ts';
import { assertSealingKey } from './configuration/start-problems.ts';
import { createDeliveries, type Deliveries } from './periodic/deliveries.ts';
import { startLimits } from './configuration/limits.ts';
import { openDecisions } from './decisions.ts';
import { applyDeclarations } from './declarations.ts';
import { createOutbound, createPublicOutbound } from '@keywright/jwt';
import { decryptionAlgorithms } from '@keywright/jwt/encryption';
import { createCertificates } from './http/client-certificate.ts';
import { createGate } from './http/gate.ts';
import { createListener } from './http/listener.ts';
import { acceptorsOfServer } from './http/acceptors.ts';
import { type RunningServer, startNodeServer } from './http/node-server.ts';
import { createOwnRoutes } from './http/own-routes.ts';
import { createCarrierRefusals } from './http/refusals.ts';
import { responseDefaults } from './http/response.ts';
import { type CountedExternalWaits, createExternalWaits } from './http/external-waits.ts';
import { followTlsFiles, readTlsFiles } from './http/tls-files.ts';
import { createLog, type Log } from './log.ts';
import { createMailServer } from './mail/mail-server.ts';
import { assetsOf, computedAssetOf, mailSettingsOf, pagesOf } from './own-pages.ts';
import { createPasskeyVerifier } from './passkeys/verifier.ts';
import type { Snapshot } from './metrics/snapshot.ts';
import { type Schedule, startSchedule } from './periodic/schedule.ts';
import { createTasks } from './periodic/tasks.ts';
import { type OpenedStore, openStore, systemClock, systemRandom } from './ports.ts';
import { type ProcessBounds, shareBounds } from './process-bounds.ts';
import { openWatching, type Watching } from './watching.ts';
import { alone, type Place } from './place.ts';

export interface RunningProduct {
  /** The port that is used. */
  readonly port: number;
  report(): Promise<Report>;
  /**
   * First reports that it is not ready, and accepts connections until the draining time is over.
   * Then answers open requests, closes the remaining connections within the time, and closes the
   * store. With `isReplaced`, other processes serve the same port: their readiness counts, and this
   * one accepts no new connection.
   */
  stop(isReplaced?: boolean): Promise<void>;
}

export interface Report {
  readonly isReady: boolean;
  /** Undefined if nothing is measured. */
  readonly snapshot: Snapshot | undefined;
}

interface RunningHttp extends RunningServer {
  readonly isReady: () => Promise<boolean>;
}

const stopGraceMilliseconds = 8000;
/** How long connections to a replaced process may continue. Each answer closes its connection. */
const leaveMilliseconds = 2000;

interface LifeState {
  /** Reports that it is not ready any more. */
  isStopping: boolean;
  /** Every answer closes its connection. */
  isClosing: boolean;
}

async function startHttp(
  configuration: Configuration,
  server: AuthorizationServer,
  store: Store,
  log: Log,
  watching: Watching,
  { connections }: ProcessBounds,
  { isSupervised }: Place,
  state: LifeState,
  { externalWaits }: Pick<WayOut, 'externalWaits'>,
): Promise<RunningHttp> {
  const { issuer } = configuration.options;
  const ownRoutes = createOwnRoutes(
    assetsOf(configuration),
    { probe: () => store.probe(), isStopping: () => state.isStopping },
    undefined,
    computedAssetOf(issuer),
  );
  watching.running(store, ownRoutes);
  const gate = createGate({
    server,
    issuer,
    pages: pagesOf(configuration),
    events: log.events,
    externalWaits,
  });
  const listener = createListener({
    server,
    gate: watching.gate(gate, server),
    ownRoutes: watching.ownRoutes(ownRoutes),
    refusals: watching.refusals(createCarrierRefusals(issuer, log.events)),
    defaults: responseDefaults(issuer),
    trustedProxies: configuration.trustedProxies,
    findCertificate: createCertificates({
      tls: configuration.tls,
      header: configuration.certificateHeader,
      trustedProxies: configuration.trustedProxies,
    }),
    isStopping: () => state.isClosing,
  });
  if (!isSupervised) await watching.listen();
  const { host, port, tls } = configuration;
  const secure = tls && { material: readTlsFiles(tls), asksClients: tls.asksClients };
  const running = await startNodeServer(listener, host, port, {
    connections,
    secure,
    acceptors: acceptorsOfServer,
  });
  const onFault = (error: unknown) => log.logger.error({ err: error }, 'tls.not_renewed');
  const unfollow = tls && followTlsFiles(tls, (material) => running.renew(material), onFault);
  const stop = (graceMilliseconds: number): Promise<void> => {
    unfollow?.();
    gate.stop();
    return running.stop(graceMilliseconds);
  };
  const isReady = async () => (await ownRoutes.answer('GET', '/health/ready'))?.status === 200;
  return { ...running, stop, isReady };
}

/** Core with the accounts and pages of this product. First updates the store and the keys. */
async function createServer(
  configuration: Configuration,
  opened: Awaited<ReturnType<typeof openStore>>,
  log: Log,
  watching: Watching,
  events: Events,
  { passwords }: ProcessBounds,
  way: WayOut,
) {
  const { store, vault, privateKeys } = opened;
  const { options, policies, workDifficulty: difficulty } = configuration;
  // Before anything is written, because the server must not start with unreadable policies.
  const decisions = await openDecisions(store, policies, (fault) =>
    log.events.emit({ type: 'permissions.fault', ...fault }),
  );
  const now = systemClock.nowSeconds();
  // Before the declarations, because a node with another issuer must change nothing.
  await settleIssuer(store, options.issuer, now);
  const isBreached = await openBreachedPasswords(configuration.breachedPasswords, events);
  const context = { now, random: systemRandom, vault, events, isBreached };
  await applyDeclarations(store, configuration, context);
  const { keyAlgorithms, features } = resolveOptions(options);
  // Encryption keys for clients must be published before clients use them.
  const algorithms = [...keyAlgorithms, ...(features.requestObjects ? decryptionAlgorithms : [])];
  await ensureKeys({ store, vault, privateKeys, clock: systemClock, events }, { algorithms });
  const server = createAuthorizationServer(options, {
    store,
    vault,
    privateKeys,
    clock: systemClock,
    random: systemRandom,
    accounts: createAccounts(
      store.accounts,
      vault,
      watching.turnstile(createTurnstile(passwords)),
      undefined,
      isBreached,
    ),
    pages: pagesOf(configuration),
    passkeys: createPasskeyVerifier(configuration.authenticators),
    events,
    decisions,
    limits: startLimits(configuration.limits),
    oneTimePasswords: createOneTimePasswords(configuration.serviceName),
    ...(difficulty === 0 ? {} : { workProofs: createWorkProofs(difficulty) }),
    outbound: way.outbound,
    // A page waits for the answer.
    ownOutbound: createOutbound({ timeoutSeconds: 2 }),
    externalWaits: way.externalWaits,
  });
  return watching.server(server, log);
}

/** Outbound requests to addresses of clients, and the deliveries. */
interface WayOut {
  readonly outbound: Outbound;
  readonly externalWaits: CountedExternalWaits;
  readonly deliveries: Deliveries | undefined;
}

function openWayOut(
  configuration: Configuration,
  { store, vault, privateKeys }: OpenedStore,
  events: Events,
): WayOut {
  const { options, openedNetworks: opened, mail } = configuration;
  const outbound = createPublicOutbound({ maxRedirects: 0, opened });
  const externalWaits = createExternalWaits();
  const { logout, backchannelAuthentication } = resolveOptions(options).features;
  const sendsDeliveries = logout || backchannelAuthentication || mail !== undefined;
  if (!sendsDeliveries) return { outbound, externalWaits, deliveries: undefined };
  const ports = { store, vault, privateKeys, clock: systemClock, random: systemRandom, events };
  const tellLogouts = createLogoutTeller(options.issuer, ports);
  return {
    outbound,
    externalWaits,
    deliveries: createDeliveries({
      store,
      clock: systemClock,
      vault,
      events,
      outbound,
      mail: mail && createMailServer(mail, mailSettingsOf(configuration)),
      tellLogouts,
    }),
  };
}

function openAudit(
  { auditRetentionDays: retentionDays }: Configuration,
  opened: OpenedStore,
  log: Log,
): Audit {
  const parts: AuditParts = {
    ...opened,
    retentionDays,
    onFault: (event) => log.events.emit(event),
    onHead: (head) => log.events.emit({ type: 'audit.head', ...head }),
  };
  return createAudit(parts, 'serve');
}

/**
 * Starts everything, or nothing. Throws ConfigError, StoreUnavailableError, or the system's error
 * for a port in use.
 */
export async function startProduct(
  configuration: Configuration,
  place: Place = alone,
): Promise<RunningProduct> {
  await assertSealingKey(configuration, configuration.accounts.entries());
  const bounds = shareBounds(configuration, place.processes);
  const watching = await openWatching(configuration, place.worker);
  const { processes, writer } = place;
  const opened = await openStore(configuration, { observer: watching.store, processes, writer });
  const log = watching.log(createLog(configuration.log, watching.traceIds));
  const audit = openAudit(configuration, opened, log);
  const events = tellBoth(log.events, audit.events);
  const state: LifeState = { isStopping: false, isClosing: false };
  try {
    await log.ready;
    const way = openWayOut(configuration, opened, events);
    const watched = { ...opened, store: way.deliveries?.watch(opened.store) ?? opened.store };
    const server = await createServer(configuration, watched, log, watching, events, bounds, way);
    await audit.start();
    const http = await startHttp(
      configuration,
      server,
      opened.store,
      log,
      watching,
      bounds,
      place,
      state,
      way,
    );
    const schedule = startTasks(configuration, opened, events, audit, log, way.deliveries);
    for (const warning of configuration.warnings) log.logger.warn({ warning }, 'security.weakened');
    log.logger.info({ issuer: configuration.options.issuer, port: http.port }, 'started');
    return {
      port: http.port,
      report: async () => ({
        isReady: await http.isReady(),
        snapshot: await watching.snapshot?.(),
      }),
      stop: async (isReplaced = false) => {
        state.isClosing = true;
        state.isStopping = !isReplaced;
        const stopped = schedule.stop();
        if (isReplaced) http.leave();
        await delay(isReplaced ? leaveMilliseconds : configuration.drainSeconds * 1000);
        // Both ways end before the supervisor would end the process by force.
        await http.stop(
          isReplaced ? stopGraceMilliseconds - leaveMilliseconds : stopGraceMilliseconds,
        );
        await stopped;
        await way.deliveries?.stop();
        await watching.stop();
        await audit.close();
        await opened.store.close();
        log.logger.info('stopped');
        await log.close();
      },
    };
  } catch (error) {
    await audit.close();
    await watching.stop();
    await opened.store.close();
    throw error;
  }
}

function startTasks(
  { rotateKeysDays }: Configuration,
  { store, vault, privateKeys }: OpenedStore,
  events: Events,
  audit: Audit,
  log: Log,
  deliveries: Deliveries | undefined,
): Schedule {
  const pruneAudit = () => audit.prune();
  const parts = {
    store,
    vault,
    privateKeys,
    clock: systemClock,
    events,
    rotateKeysDays,
    pruneAudit,
  };
  const tasks = createTasks({
    ...parts,
    ...(deliveries && { deliver: (keep) => deliveries.send(keep) }),
  });
  const onFault = (task: string, error: unknown) =>
    log.logger.warn({ task, err: error }, 'periodic.failed');
  return startSchedule(tasks, { leases: store.leases, onFault });
}
