/** Keeps the wanted number of workers, and replaces each one that ends. */
import { type Backoff, createBackoff } from './backoff.ts';
import type { Member } from './member.ts';

/** The common data of workers of one generation: from one reading of the configuration. */
export interface Generation {
  readonly count: number;
  start(): Member;
}

export type CrewEvent =
  | { readonly type: 'worker.started'; readonly worker: string; readonly pid: number | undefined }
  /** Called when a worker ends without a request. */
  | {
      readonly type: 'worker.died';
      readonly worker: string;
      readonly because: string;
      readonly againInMilliseconds: number;
    };

export interface CrewParts {
  readonly onEvent: (event: CrewEvent) => void;
  /** No worker runs, and none can be started. Nothing is tried any more. */
  readonly onGivenUp: (reason: string) => void;
}

interface Post {
  member: Member | undefined;
  /** The backoff of `member`. */
  generation: Generation | undefined;
  /** Settles when no start or replacement is running any more. */
  filling: Promise<unknown>;
  /** Failed starts in a row, since any worker could be started. */
  failures: number;
  readonly backoff: Backoff;
  timer?: NodeJS.Timeout;
}

/** For one post, in about twenty seconds, for any number of posts. */
const mostFailures = 8;
/**
 * A worker that starts next to others may have much to update. It is ended when it seems to hang.
 */
const startMilliseconds = 600_000;

export class Crew {
  readonly #parts: CrewParts;
  readonly #posts = new Set<Post>();
  /** Members that start, serve or leave. */
  readonly #living = new Set<Member>();
  readonly #leaving = new Set<Promise<unknown>>();
  /** The last generation of which a worker could be started. */
  #generation: Generation | undefined;
  #isStopping = false;

  constructor(parts: CrewParts) {
    this.#parts = parts;
  }

  /** Members that serve. */
  get members(): readonly Member[] {
    return [...this.#posts].flatMap(({ member }) => (member === undefined ? [] : [member]));
  }

  /**
   * Starts the first one alone, because it creates what all need, and then the others. Returns the
   * port. Rejects with the message of a worker that cannot start, and after a stop. The first one
   * may take any time.
   */
  async start(generation: Generation): Promise<number> {
    const port = await this.#fill(this.#addPost(), generation);
    await Promise.all(this.#addLacking(generation).map((post) => this.#fill(post, generation)));
    return port;
  }

  /**
   * One after the other: the new one serves before the former one must leave. Rejects with the
   * message of the first new one if it cannot start. Then nothing has changed. Returns how many
   * others could not be started yet. They are tried again, and former workers continue meanwhile.
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

  /**
   * Resolves when a new member serves at the post and the server has asked its former one to leave.
   */
  async #fillNow(post: Post, generation: Generation): Promise<number> {
    if (this.#isStopping || !this.#posts.has(post))
      throw new Error('No worker is needed there any more.');
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

  /** The start waits for the first worker, which may have to update the tables. */
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

  /** Whether a new member serves at the post. Rejects if none of the generation serves anywhere. */
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

  /** Unless it was done meanwhile. */
  async #fillAgain(post: Post): Promise<void> {
    const generation = this.#generation;
    if (generation !== undefined && post.generation !== generation)
      await this.#fillNow(post, generation);
  }

  #dismiss(member: Member): void {
    const left = member.stop(true);
    this.#leaving.add(left);
    void left.finally(() => this.#leaving.delete(left));
  }
}

/** No other start for this post is running meanwhile. */
function inTurn<T>(post: Post, work: () => Promise<T>): Promise<T> {
  const done = post.filling.then(work);
  post.filling = done.catch(() => undefined);
  return done;
}
