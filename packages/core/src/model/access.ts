/** The words of permissions: who may do what to which thing, and what lies in what. */

/**
 * A subject, a resource, a group or a folder: a type, and an id that is unique within the type.
 * Compared as exact text.
 */
export interface Entity {
  readonly type: string;
  readonly id: string;
}

/** The action of a permission that covers every action. */
export const anyAction = '*';

/** Subject, or whoever is in it, may do the action to the resource, or to whatever lies in it. */
export interface Permission {
  readonly subject: Entity;
  /** An exact name, or `*`. */
  readonly action: string;
  readonly resource: Entity;
  readonly createdAt: number;
}

/** `membership`: a subject is in a group. `containment`: a resource lies in another. */
export const linkKinds = ['membership', 'containment'] as const;
export type LinkKind = (typeof linkKinds)[number];

export interface Link {
  readonly kind: LinkKind;
  /** The member, or the child. */
  readonly lower: Entity;
  /** The group, or the parent. */
  readonly upper: Entity;
  readonly createdAt: number;
}

/** Links above each other: no more than this, so that a decision is a handful of reads. */
export const maxLinkDepth = 16;
/**
 * Entities above one: no more than this, each counted once for every distance that it is reached
 * at.
 */
export const maxAbove = 1000;
/**
 * Pairs of what stands above a subject and what stands above a resource: each is a look for a
 * permission.
 */
export const maxPairs = 100_000;
/**
 * Longest type and longest action, and longest id, in bytes of UTF-8: the five of a permission are
 * one key of an index.
 */
export const longestName = 200;
export const longestId = 800;

/**
 * What stands in the way of an entity, in words that follow its name; undefined when nothing does.
 * Control characters are refused because a log and a terminal show them wrong, half a surrogate
 * pair because a database would change it.
 */
export function refuseText(text: string, longest: number): string | undefined {
  if (text === '' || Buffer.byteLength(text) > longest) return `must have 1 to ${longest} bytes`;
  if (!text.isWellFormed() || /\p{Cc}/u.test(text))
    return 'must be well-formed text without control characters';
  return undefined;
}

/** The event that a link was set or deleted. */
export function linkEvent(kind: LinkKind, change: 'set' | 'deleted', lower: Entity, upper: Entity) {
  const [low, up] = [nameEntity(lower), nameEntity(upper)];
  return kind === 'membership'
    ? ({ type: `membership.${change}`, member: low, group: up } as const)
    : ({ type: `containment.${change}`, child: low, parent: up } as const);
}

/** `user:usr_1`, for logs: shortened, since an id may be long. */
export function nameEntity({ type, id }: Entity): string {
  return `${type}:${id.length > 100 ? `${id.slice(0, 100)}…` : id}`;
}
