/**
 * Sends messages to clients (logout tokens, pings) and mails to people. Never inside a request,
 * because a client that does not answer must not delay a user or another client. Each client has
 * its own queue, and the queues run in parallel. A client that cannot be reached or is slow is
 * skipped with all its messages, and is tried again after a pause that doubles.
 */
import {
  type Clock,
  type Delivery,
  type DueDelivery,
  type Events,
  type LogoutTeller,
  type Mail,
  openMail,
  openPing,
  type Outbound,
  type Store,
  type Vault,
} from '@keywright/core';
import { OutboundError, type OutboundFault } from '@keywright/jwt';
import { MailFault, type MailServer } from '../mail/mail-server.ts';
import { noticeBucket } from '../mail/notice-limit.ts';

export interface DeliveryParts {
  readonly store: Pick<Store, 'deliveries' | 'throttles'>;
  readonly clock: Clock;
  /** Pings are sealed until they are sent. */
  readonly vault: Vault;
  readonly events: Events;
  readonly outbound: Outbound;
  /** Undefined if no mail is sent. */
  readonly mail?: MailServer | undefined;
  /** Makes deliveries for the sessions that have ended. */
  readonly tellLogouts: LogoutTeller;
}

export interface Deliveries {
  /**
   * Sends what is due while `keep` returns true. If two nodes do this at the same time, each
   * message is still sent once.
   */
  send(keep: () => Promise<boolean>): Promise<void>;
  /**
   * The same store. Messages that are written through it are sent soon, not only at the next run of
   * the task.
   */
  watch(store: Store): Store;
  /** Starts no more work of its own, and waits for the current work. */
  stop(): Promise<void>;
}

/**
 * Messages that are taken at once. This is also the number of clients that are served in parallel,
 * so that clients that do not answer on purpose do not delay the others.
 */
const batch = 200;
const logoutBatch = 100;
/** Longer than any round takes, so that no other node takes the same messages. */
const firstPauseSeconds = 15;
/** After this time, a round starts nothing more. The rest is sent later. */
const roundMilliseconds = 5000;
/** A client that is so slow, and has hundreds of messages, would delay all others. */
const slowMilliseconds = 1000;
const soonMilliseconds = 50;

export function createDeliveries(parts: DeliveryParts): Deliveries {
  const { events } = parts;
  let waiting: NodeJS.Timeout | undefined;
  let running: Promise<void> | undefined;
  let isStopped = false;
  const run = (): void => {
    waiting = undefined;
    running = send(parts, async () => !isStopped)
      // The task tries it again.
      .catch((error: unknown) => events.emit({ type: 'delivery.not_taken', error: String(error) }))
      .finally(() => {
        running = undefined;
      });
  };
  const soon = (): void => {
    if (!isStopped) waiting ??= setTimeout(run, soonMilliseconds).unref();
  };
  return {
    send: (keep) => send(parts, keep),
    watch: (store) => watched(withSecondFactors(store, soon), soon),
    async stop() {
      isStopped = true;
      clearTimeout(waiting);
      await running;
    },
  };
}

async function send(parts: DeliveryParts, keep: () => Promise<boolean>): Promise<void> {
  const { store, clock, tellLogouts } = parts;
  while ((await tellLogouts()) >= logoutBatch && (await keep()));
  const setAside = new Set<string>();
  for (;;) {
    const due = await store.deliveries.takeDue(clock.nowSeconds(), batch, firstPauseSeconds);
    const queues = Map.groupBy(due, queueOf);
    const until = performance.now() + roundMilliseconds;
    await Promise.all(
      [...queues.values()].map((queue) => sendQueue(parts, queue, setAside, until)),
    );
    if (due.length < batch || !(await keep())) return;
  }
}

/** As many mails are sent in parallel as nodemailer opens connections. */
const mailQueues = 5;

function queueOf({ kind, clientId, id }: DueDelivery): string {
  return kind === 'mail' ? `mail ${id.charCodeAt(id.length - 1) % mailQueues}` : clientId;
}

/** One after the other, until the client cannot be reached, or is slow, or the round is over. */
async function sendQueue(
  parts: DeliveryParts,
  queue: readonly DueDelivery[],
  setAside: Set<string>,
  until: number,
): Promise<void> {
  for (const delivery of queue) {
    const name = queueOf(delivery);
    const begun = performance.now();
    if (setAside.has(name) || begun > until) return;
    const isReached = await sendOne(parts, delivery);
    if (!isReached || performance.now() - begun > slowMilliseconds) setAside.add(name);
  }
}

/** Whether the client could be reached. */
async function sendOne(parts: DeliveryParts, delivery: DueDelivery): Promise<boolean> {
  const { store, events } = parts;
  const { id, kind, clientId, attempts, nextAt, expiresAt } = delivery;
  const outcome = kind === 'mail' ? await mail(parts, delivery) : await post(parts, delivery);
  const isOver = outcome.isOver || nextAt >= expiresAt;
  if (isOver) await store.deliveries.done(id);
  const about = { kind, clientId, deliveryId: id, attempts };
  if (outcome.fault === undefined) events.emit({ type: 'delivery.sent', ...about });
  else events.emit({ type: 'delivery.failed', ...about, ...outcome.fault, isOver });
  return outcome.isOver;
}

interface Outcome {
  /** There is nothing more to try. */
  readonly isOver: boolean;
  readonly fault?: { readonly fault: string; readonly answered?: number };
}

/** Sealed with a key that does not exist any more, so nobody can read it. */
const unreadable: Outcome = { isOver: true, fault: { fault: 'sealed_otherwise' } };

/** The first attempt decides. A mail that may be sent is tried again without being counted. */
async function isOneTooMany(
  { store, clock }: DeliveryParts,
  { attempts }: DueDelivery,
  opened: Mail,
): Promise<boolean> {
  const bucket = attempts === 1 ? noticeBucket(opened) : undefined;
  return bucket !== undefined && (await store.throttles.take([bucket], clock.nowSeconds())) > 0;
}

async function mail(parts: DeliveryParts, delivery: DueDelivery): Promise<Outcome> {
  const { vault, mail: server } = parts;
  // The setting may have been removed since. Until the end of the mail it may come back.
  if (server === undefined) return { isOver: false, fault: { fault: 'no_mail_server' } };
  const opened = openMail({ vault }, delivery);
  if (opened === undefined) return unreadable;
  if (await isOneTooMany(parts, delivery, opened))
    return { isOver: true, fault: { fault: 'mail_limited' } };
  try {
    await server.send(delivery.id, opened);
    return { isOver: true };
  } catch (error) {
    if (!(error instanceof MailFault)) return { isOver: false, fault: { fault: 'unknown' } };
    const { fault, status } = error;
    const answered = status === undefined ? {} : { answered: status };
    return { isOver: fault === 'refused', fault: { fault: `mail_${fault}`, ...answered } };
  }
}

async function post({ vault, outbound }: DeliveryParts, delivery: DueDelivery): Promise<Outcome> {
  const opened = delivery.kind === 'ciba-ping' ? openPing({ vault }, delivery) : delivery;
  if (opened === undefined) return unreadable;
  const { url, headers, body } = opened;
  try {
    await outbound.send(url, { method: 'POST', headers, body, accept: 'application/json' });
    return { isOver: true };
  } catch (error) {
    return error instanceof OutboundError
      ? outcomeOf(error)
      : { isOver: false, fault: { fault: 'unknown' } };
  }
}

function outcomeOf({ fault, status }: OutboundError): Outcome {
  // The client answered with success. The body does not matter.
  if (fault === 'content_wrong' || fault === 'too_large') return { isOver: true };
  if (status !== undefined && status >= 200 && status < 300) return { isOver: true };
  const failure = { fault, ...(status !== undefined ? { answered: status } : {}) };
  return { isOver: !mayPass(fault, status), fault: failure };
}

/** Back-Channel Logout §2.5: no retry, unless the failure may be temporary. */
function mayPass(fault: OutboundFault, status = 500): boolean {
  if (fault === 'status_wrong') return status >= 500 || [408, 425, 429].includes(status);
  return fault === 'unreachable' || fault === 'too_slow';
}

function watchedSessions(sessions: Store['sessions'], soon: () => void): Store['sessions'] {
  return {
    ...sessions,
    async start(session, formerDigest, passwordHash, mail) {
      const isStarted = await sessions.start(session, formerDigest, passwordHash, mail);
      if (mail !== undefined) soon();
      return isStarted;
    },
    async end(digest, now) {
      const targets = await sessions.end(digest, now);
      if (targets.length > 0) soon();
      return targets;
    },
    async endOne(...one) {
      const isEnded = await sessions.endOne(...one);
      if (isEnded) soon();
      return isEnded;
    },
    async endOthers(...others) {
      const count = await sessions.endOthers(...others);
      if (count !== undefined && count > 0) soon();
      return count;
    },
  };
}

function watched(store: Store, soon: () => void): Store {
  const { sessions, accounts, deliveries, deferred, verificationCodes, invitations, formerEmails } =
    store;
  return {
    ...store,
    accounts: {
      ...accounts,
      async changePassword(id, change, now) {
        const isChanged = await accounts.changePassword(id, change, now);
        if (change.mail !== undefined) soon();
        return isChanged;
      },
    },
    sessions: watchedSessions(sessions, soon),
    deferred: {
      ...deferred,
      // The ping was stored with the answer.
      async answer(answer, now) {
        const result = await deferred.answer(answer, now);
        if (answer.ping !== undefined) soon();
        return result;
      },
    },
    verificationCodes: {
      ...verificationCodes,
      async add(code, mail) {
        await verificationCodes.add(code, mail);
        soon();
      },
    },
    formerEmails: {
      ...formerEmails,
      async change(accountId, change) {
        const outcome = await formerEmails.change(accountId, change);
        soon();
        return outcome;
      },
      async restore(id, mails, now) {
        const restoration = await formerEmails.restore(id, mails, now);
        soon();
        return restoration;
      },
    },
    invitations: {
      ...invitations,
      async add(invitation, mail) {
        await invitations.add(invitation, mail);
        soon();
      },
    },
    deliveries: {
      ...deliveries,
      async add(delivery) {
        await deliveries.add(delivery);
        soon();
      },
    },
  };
}

function withSecondFactors(store: Store, soon: () => void): Store {
  const { secondFactors } = store;
  const afterwards = async <T>(act: Promise<T>, mail: Delivery | undefined): Promise<T> => {
    const result = await act;
    if (mail !== undefined) soon();
    return result;
  };
  return {
    ...store,
    secondFactors: {
      ...secondFactors,
      enrol: (enrolment, now) => afterwards(secondFactors.enrol(enrolment, now), enrolment.mail),
      useRecoveryCode: (id, code, mail) =>
        afterwards(secondFactors.useRecoveryCode(id, code, mail), mail),
      replaceRecoveryCodes: (id, codes, mail) =>
        afterwards(secondFactors.replaceRecoveryCodes(id, codes, mail), mail),
      remove: (id, mail) => afterwards(secondFactors.remove(id, mail), mail),
    },
  };
}
