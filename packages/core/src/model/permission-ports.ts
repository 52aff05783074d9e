/** What permissions ask of the store, and what the server asks of the decision point. */
import type { Page, Paging } from './paging.ts';
import type { Entity, Link, LinkKind, Permission } from './access.ts';

/** Which permissions are listed. Every member that is set must match. */
export interface PermissionFilter {
  readonly subject?: Entity;
  readonly resource?: Entity;
}

/** Which links are listed. Every member that is set must match. */
export interface LinkFilter {
  readonly lower?: Entity;
  readonly upper?: Entity;
}

/** The outcome of `PermissionStore.link`. */
export type LinkOutcome =
  | 'linked'
  | 'linked-before'
  /**
   * The upper one lies below the lower one already, or is the same. Nothing was changed; so with
   * those that follow.
   */
  | 'circle'
  /** More than `maxLinkDepth` links would be above the lower one. */
  | 'too-deep'
  /** More than `maxAbove` entities would be above the lower one. */
  | 'too-many';

/**
 * What the store knows about one question: the groups of the subject, what the resource lies in,
 * and the nearest permission.
 */
export interface Facts {
  /** Nearest first, without the subject itself. */
  readonly groups: readonly Entity[];
  /** Nearest first, without the resource itself. */
  readonly ancestors: readonly Entity[];
  readonly permission?: Omit<Permission, 'createdAt'>;
}

/** The outcome of `PermissionStore.loadFacts`. */
export type FactsOutcome =
  | ({ readonly outcome: 'known' } & Facts)
  /**
   * More entities are above one of the two, or both together, than a decision looks at. What is
   * known is not complete.
   */
  | { readonly outcome: 'too-much'; readonly above: 'subject' | 'resource' | 'both' };

/** What a search looks for. */
export type Sought = 'subject' | 'resource';

/** A search: which subjects, or which resources, belong to the other one and the action. */
export interface Search {
  readonly sought: Sought;
  /** The type of what is sought. */
  readonly type: string;
  /** The other one of the two. */
  readonly given: Entity;
  readonly action: string;
}

/** The permissions and links in the store. Each method is one atomic, durable act. */
export interface PermissionStore {
  /** False when it was there: then nothing was changed. */
  set(permission: Permission): Promise<boolean>;
  /** False when it was not there. */
  remove(permission: Omit<Permission, 'createdAt'>): Promise<boolean>;
  list(filter: PermissionFilter, paging?: Paging): Promise<Page<Permission>>;
  link(link: Link): Promise<LinkOutcome>;
  /** False when it was not there. */
  unlink(link: Omit<Link, 'createdAt'>): Promise<boolean>;
  listLinks(kind: LinkKind, filter: LinkFilter, paging?: Paging): Promise<Page<Link>>;
  /** A few indexed reads, however many permissions there are. */
  loadFacts(subject: Entity, action: string, resource: Entity): Promise<FactsOutcome>;
  /**
   * The ids that stored permissions cover, in the order of the store, after `after`. Undefined if
   * there are so many that `listKnown` is cheaper.
   */
  listCovered(search: Search, after: string, limit: number): Promise<readonly string[] | undefined>;
  /**
   * The ids of a type that the store knows as subjects or as resources, with or without a
   * permission.
   */
  listKnown(sought: Sought, type: string, after: string, limit: number): Promise<readonly string[]>;
  /** The actions of stored permissions, including `*`. */
  listActions(after: string, limit: number): Promise<readonly string[]>;
}

/** A JSON object from the caller. Its members are not checked. */
export type Properties = Readonly<Record<string, unknown>>;

/**
 * Whether the subject may do the action to the resource, with the facts from the caller that
 * policies may use.
 */
export interface Question {
  readonly subject: Entity & { readonly properties?: Properties };
  readonly action: { readonly name: string; readonly properties?: Properties };
  readonly resource: Entity & { readonly properties?: Properties };
  readonly context?: Properties;
}

/** A decision and its reason. */
export interface Decided {
  readonly allowed: boolean;
  /**
   * The permission or policy that decided, or why nothing did. For logs and for the caller, not
   * for the subject.
   */
  readonly why: string;
  /**
   * Denied because of a fault. `question`: `why` says what is wrong with the question. `engine`:
   * the decision point failed, and has reported it to the operator.
   */
  readonly fault?: 'question' | 'engine';
}

/** One page of the results of a search. */
export interface Found {
  /** Ids, or names of actions. */
  readonly items: readonly string[];
  /**
   * Where to go on; absent when everything was looked at. There may be more items even when none
   * were found so far.
   */
  readonly next?: string;
  /** What is wrong with the question. Then nothing was searched. */
  readonly wrong?: string;
}

/**
 * The port that decides questions and searches. Rejects only when the store rejects. Every other
 * fault is a denial.
 */
export interface DecisionPoint {
  readonly decide: (question: Question) => Promise<Decided>;
  /** The ones that `decide` would permit. The id of the searched one is ignored. */
  readonly search: (
    sought: Sought,
    question: Question,
    after: string,
    limit: number,
  ) => Promise<Found>;
  readonly searchActions: (
    question: Omit<Question, 'action'>,
    after: string,
    limit: number,
  ) => Promise<Found>;
}
