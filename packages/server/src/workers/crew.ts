/** So many workers as are wanted, and a new one in place of each that dies. */
import { type Backoff, createBackoff } from './backoff.ts';
import type { Member } from './member.ts';

/** What the workers of one time have in common: made of one reading of the configuration. */
export interface Generation {
  readonly count: number;
  start(): Member;
}

export type CrewEvent =
  | { readonly type: 'worker.started'; readonly worker: string; readonly pid: number | undefined }
  /** Unasked. */
  | {
      readonly type: 'worker.died';
      readonly worker: string;
      readonly because: string;
      readonly againInMilliseconds: number;
    };

export interface CrewParts {
  readonly onEvent: (event: CrewEvent) => void;
  /** No worker lives, and none can be started: nothing is tried any more. */
  readonly onGivenUp: (reason: string) => void;
}

interface Post {
  member: Member | undefined;
  /** That of `member`. */
  generation: Generation | undefined;
  /** Settles when nobody is on the way to it any more. */
  filling: Promise<unknown>;
  /** In a row, since any worker could be started. */
  failures: number;
  readonly backoff: Backoff;
  timer?: NodeJS.Timeout;
}

/** At one post, in some twenty seconds, however many posts there are. */
const mostFailures = 8;
/** A worker that starts beside others may have much to bring up to date, and is ended when it seems to hang. */
const startMilliseconds = 600_000;

export class Crew {
  readonly #parts: CrewParts;
  readonly #posts = new Set<Post>();
  /** Those that start, serve or leave. */
  readonly #living = new Set<Member>();
  readonly #leaving = new Set<Promise<unknown>>();
  /** Of which one could be started last. */
  #generation: Generation | undefined;
  #isStopping = false;

  constructor(parts: CrewParts) {
    this.#parts = parts;
  }

  /** Those that serve. */
  get members(): readonly Member[] {
    return [...this.#posts].flatMap(({ member }) => (member === undefined ? [] : [member]));
  }

  /**
   * The first alone, since it makes what all need; then the others. Answers the port. Rejects with what one says that cannot start, and once
   * it is told to stop; the first may take as long as it wants.
   */
  async start(generation: Generation): Promise<number> {
    const port = await this.#fill(this.#addPost(), generation);
    await Promise.all(this.#addLacking(generation).map((post) => this.#fill(post, generation)));
    return port;
  }

  /**
   * One after the other: the new one serves before the former one is told to leave. Rejects with what the first new one says when that
   * cannot start: then all is as it was. Answers how many of the others could not be started yet: that is tried again, and a former one goes
   * on in its place.
   */
  async replace(generation: Generation): Promise<number> {
    const filled: boolean[] = [];
    for (const post of [...this.#posts].slice(0, generation.count))
      filled.push(await this.#refill(post, generation));
    this.#removeSurplus(generation);
    const added = this.#addLacking(generation).map((post) => this.#refill(post, generation));
    filled.push(...(await Promise.all(added)));
    await Promise.all(this.#leaving);
    return filled.filter((isFilled) => !isFilled).length;
  }

  async stop(): Promise<void> {
    this.#isStopping = true;
    for (const { timer } of this.#posts) clearTimeout(timer);
    await Promise.all([...this.#living].map((member) => member.stop(false)));
  }

  #addPost(): Post {
    const post: Post = {
      member: undefined,
      generation: undefined,
      filling: Promise.resolve(),
      failures: 0,
      backoff: createBackoff(),
    };
    this.#posts.add(post);
    return post;
  }

  #addLacking({ count }: Generation): readonly Post[] {
    return Array.from({ length: Math.max(0, count - this.#posts.size) }, () => this.#addPost());
  }

  #removeSurplus({ count }: Generation): void {
    for (const post of [...this.#posts].slice(count)) {
      this.#posts.delete(post);
      clearTimeout(post.timer);
      if (post.member !== undefined) this.#dismiss(post.member);
    }
  }

  #fill(post: Post, generation: Generation): Promise<number> {
    return inTurn(post, () => this.#fillNow(post, generation));
  }

  /** Resolves once a new member serves at the post, whose former one is told to leave then. */
  async #fillNow(post: Post, generation: Generation): Promise<number> {
    if (this.#isStopping || !this.#posts.has(post)) throw new Error('No worker is wanted there any more.');
    const member = generation.start();
    this.#living.add(member);
    void member.ended.finally(() => this.#living.delete(member));
    const port = await this.#awaitStart(member);
    this.#parts.onEvent({ type: 'worker.started', worker: member.id, pid: member.pid });
    for (const each of this.#posts) each.failures = 0;
    if (this.#posts.has(post)) this.#place(post, member, generation);
    else this.#dismiss(member);
    return port;
  }

  /** Whoever has started all waits for the first one, and for the tables that it may have to bring up to date. */
  async #awaitStart(member: Member): Promise<number> {
    if (this.#generation === undefined) return member.started;
    const kill = () => member.kill('The worker did not serve within ten minutes.');
    const late = setTimeout(kill, startMilliseconds);
    return member.started.finally(() => clearTimeout(late));
  }

  #place(post: Post, member: Member, generation: Generation): void {
    const former = post.member;
    post.member = member;
    post.generation = generation;
    this.#generation = generation;
    void this.#watch(post, member);
    if (former !== undefined) this.#dismiss(former);
  }

  /** Whether a new member serves at the post. Rejects when none of the generation does anywhere. */
  async #refill(post: Post, generation: Generation): Promise<boolean> {
    try {
      await this.#fill(post, generation);
      return true;
    } catch (error) {
      if (this.#isStopping || this.#generation !== generation) throw error;
      this.#startAgain(post, 'new', (error as Error).message, 0);
      return false;
    }
  }

  async #watch(post: Post, member: Member): Promise<void> {
    const since = performance.now();
    const { code, signal, reason } = await member.ended;
    if (post.member !== member) return;
    post.member = undefined;
    post.generation = undefined;
    const because = reason ?? `ended with ${signal ?? code}`;
    this.#startAgain(post, member.id, because, performance.now() - since);
  }

  #startAgain(post: Post, worker: string, because: string, livedMilliseconds: number): void {
    if (this.#isStopping || !this.#posts.has(post)) return;
    const againInMilliseconds = post.backoff.next(livedMilliseconds);
    this.#parts.onEvent({ type: 'worker.died', worker, because, againInMilliseconds });
    clearTimeout(post.timer);
    post.timer = setTimeout(() => void this.#tryAgain(post), againInMilliseconds);
  }

  async #tryAgain(post: Post): Promise<void> {
    try {
      await inTurn(post, () => this.#fillAgain(post));
    } catch (error) {
      if (this.#isStopping || !this.#posts.has(post)) return;
      const { message } = error as Error;
      post.failures += 1;
      const isHopeless = post.failures >= mostFailures && this.members.length === 0;
      if (isHopeless) this.#parts.onGivenUp(message);
      else this.#startAgain(post, 'new', message, 0);
    }
  }

  /** Unless that was done meanwhile. */
  async #fillAgain(post: Post): Promise<void> {
    const generation = this.#generation;
    if (generation !== undefined && post.generation !== generation) await this.#fillNow(post, generation);
  }

  #dismiss(member: Member): void {
    const left = member.stop(true);
    this.#leaving.add(left);
    void left.finally(() => this.#leaving.delete(left));
  }
}

/** Nobody else is on the way to the post meanwhile. */
function inTurn<T>(post: Post, work: () => Promise<T>): Promise<T> {
  const done = post.filling.then(work);
  post.filling = done.catch(() => undefined);
  return done;
}
