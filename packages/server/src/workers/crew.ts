/** So many workers as are wanted, and a new one in place of each that dies. */
import { type Backoff, createBackoff } from './backoff.ts';
import type { Ended, Member } from './member.ts';

/** What the workers of one time have in common: made of one reading of the configuration. */
export interface Generation {
  readonly count: number;
  /** How long a worker may take to end, by force after that. */
  readonly endWithinMilliseconds: number;
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
  /** Settles when nobody is on the way to it any more. */
  filling: Promise<unknown>;
  readonly backoff: Backoff;
  timer?: NodeJS.Timeout;
}

/** In a row, of all posts together. */
const mostFailures = 8;

export class Crew {
  readonly #parts: CrewParts;
  readonly #posts = new Set<Post>();
  /** Those that start, serve or leave. */
  readonly #living = new Set<Member>();
  readonly #leaving = new Set<Promise<Ended>>();
  #generation: Generation | undefined;
  #failures = 0;
  #isStopping = false;

  constructor(parts: CrewParts) {
    this.#parts = parts;
  }

  /** Those that serve. */
  get members(): readonly Member[] {
    return [...this.#posts].flatMap(({ member }) => (member === undefined ? [] : [member]));
  }

  /**
   * The first alone, since it makes what all need; then the others. Answers the port. Rejects with what the first says that cannot start.
   */
  async start(generation: Generation): Promise<number> {
    const port = await this.#fill(this.#addPost(), generation);
    this.#generation = generation;
    await this.#adjustCount(generation);
    return port;
  }

  /**
   * One after the other: the new one serves before the former one is told to leave. Rejects with what the first new one says when that
   * cannot start: then all is as it was.
   */
  async replace(generation: Generation): Promise<void> {
    for (const post of [...this.#posts].slice(0, generation.count)) {
      if (this.#isStopping) return;
      clearTimeout(post.timer);
      await this.#refill(post, generation);
      this.#generation = generation;
    }
    await this.#adjustCount(generation);
    await Promise.all(this.#leaving);
  }

  async stop(): Promise<void> {
    this.#isStopping = true;
    for (const { timer } of this.#posts) clearTimeout(timer);
    const within = this.#generation?.endWithinMilliseconds ?? 0;
    const ending = [...this.#living].map((member) => member.stop(false, within));
    await Promise.all([...ending, ...this.#leaving]);
  }

  #addPost(): Post {
    const post: Post = { member: undefined, filling: Promise.resolve(), backoff: createBackoff() };
    this.#posts.add(post);
    return post;
  }

  async #adjustCount(generation: Generation): Promise<void> {
    for (const post of [...this.#posts].slice(generation.count)) {
      this.#posts.delete(post);
      clearTimeout(post.timer);
      if (post.member !== undefined) this.#dismiss(post.member, generation);
    }
    const lacking = Array.from({ length: generation.count - this.#posts.size }, () => this.#addPost());
    await Promise.all(lacking.map((post) => this.#fill(post, generation)));
  }

  /** Resolves once a new member serves at the post, whose former one is told to leave then. */
  #fill(post: Post, generation: Generation): Promise<number> {
    const filled = post.filling.then(() => this.#fillNow(post, generation));
    post.filling = filled.catch(() => undefined);
    return filled;
  }

  async #fillNow(post: Post, generation: Generation): Promise<number> {
    const member = generation.start();
    this.#living.add(member);
    void member.ended.finally(() => this.#living.delete(member));
    const port = await member.started;
    this.#failures = 0;
    this.#parts.onEvent({ type: 'worker.started', worker: member.id, pid: member.pid });
    const former = post.member;
    post.member = member;
    void this.#watch(post, member);
    if (former !== undefined) this.#dismiss(former, generation);
    return port;
  }

  async #refill(post: Post, generation: Generation): Promise<void> {
    try {
      await this.#fill(post, generation);
    } catch (error) {
      if (post.member === undefined) this.#startAgain(post, 'new', (error as Error).message, 0);
      throw error;
    }
  }

  async #watch(post: Post, member: Member): Promise<void> {
    const since = performance.now();
    const { code, signal, reason } = await member.ended;
    if (post.member !== member) return;
    post.member = undefined;
    const because = reason ?? `ended with ${signal ?? code}`;
    this.#startAgain(post, member.id, because, performance.now() - since);
  }

  #startAgain(post: Post, worker: string, because: string, livedMilliseconds: number): void {
    if (this.#isStopping || !this.#posts.has(post)) return;
    const againInMilliseconds = post.backoff.next(livedMilliseconds);
    this.#parts.onEvent({ type: 'worker.died', worker, because, againInMilliseconds });
    post.timer = setTimeout(() => void this.#tryAgain(post), againInMilliseconds);
  }

  async #tryAgain(post: Post): Promise<void> {
    if (this.#generation === undefined || this.#isStopping) return;
    try {
      await this.#fill(post, this.#generation);
    } catch (error) {
      const { message } = error as Error;
      this.#failures += 1;
      const isHopeless = this.#failures >= mostFailures && this.members.length === 0;
      if (isHopeless && !this.#isStopping) this.#parts.onGivenUp(message);
      else this.#startAgain(post, 'new', message, 0);
    }
  }

  #dismiss(member: Member, { endWithinMilliseconds }: Generation): void {
    const left = member.stop(true, endWithinMilliseconds);
    this.#leaving.add(left);
    void left.finally(() => this.#leaving.delete(left));
  }
}
