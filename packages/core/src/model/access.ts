/** The words of permissions: who may do what to which thing, and what lies in what. */

/**
 * A subject, a resource, a group or a folder: a type, and an id that is unique within the type.
 * Both are compared as exact text.
 */
export interface Entity {
  readonly type: string;
  readonly id: string;
}

/** The action of a permission that covers every action. */
export const anyAction = '*';

/**
 * The subject, or every member of the group, may do the action to the resource, or to everything
 * inside it.
 */
export interface Permission {
  readonly subject: Entity;
  /** An exact name, or `*`. */
  readonly action: string;
  readonly resource: Entity;
  readonly createdAt: number;
}

/** `membership`: a subject is in a group. `containment`: a resource lies in another. */
export const linkKinds = ['membership', 'containment'] as const;
/** What a link means: one of `linkKinds`. */
export type LinkKind = (typeof linkKinds)[number];

/** A link between two entities: the lower one is a member of the upper one, or lies in it. */
export interface Link {
  readonly kind: LinkKind;
  /** The member, or the child. */
  readonly lower: Entity;
  /** The group, or the parent. */
  readonly upper: Entity;
  readonly createdAt: number;
}

/** How many links may be above each other. This bounds the reads of a decision. */
export const maxLinkDepth = 16;
/**
 * How many entities may be above one entity. An entity counts once for each distance at which it
 * is above.
 */
export const maxAbove = 1000;
/**
 * How many pairs of an entity above the subject and an entity above the resource one decision may
 * look at.
 */
export const maxPairs = 100_000;
/**
 * The longest type of an entity and the longest action, in bytes of UTF-8. A permission is one key
 * of an index, so its five parts are bounded.
 */
export const longestName = 200;
/** The longest id of an entity, in bytes of UTF-8. */
export const longestId = 800;

/**
 * Why a text cannot be a part of an entity, in words that follow its name, or undefined. `longest`
 * is in bytes of UTF-8. Control characters are refused, because a log and a terminal show them
 * wrong. Half of a surrogate pair is refused, because a database would change it.
 */
export function refuseText(text: string, longest: number): string | undefined {
  if (text === '' || Buffer.byteLength(text) > longest) return `must have 1 to ${longest} bytes`;
  if (!text.isWellFormed() || /\p{Cc}/u.test(text))
    return 'must be well-formed text without control characters';
  return undefined;
}

/** How a kind of link is called on the wire. */
export interface LinkWords {
  readonly kind: LinkKind;
  readonly list: string;
  readonly lower: string;
  readonly upper: string;
}

/** Who is in which group. */
export const memberships: LinkWords = {
  kind: 'membership',
  list: 'memberships',
  lower: 'member',
  upper: 'group',
};
/** Which resource is in which. */
export const parents: LinkWords = {
  kind: 'containment',
  list: 'parents',
  lower: 'child',
  upper: 'parent',
};

/** The event that tells that a link was set or deleted. */
export function linkEvent(kind: LinkKind, change: 'set' | 'deleted', lower: Entity, upper: Entity) {
  const [low, up] = [nameEntity(lower), nameEntity(upper)];
  return kind === 'membership'
    ? ({ type: `membership.${change}`, member: low, group: up } as const)
    : ({ type: `containment.${change}`, child: low, parent: up } as const);
}

/** An entity as `user:usr_1`, shortened for logs. */
export function nameEntity({ type, id }: Entity): string {
  return `${type}:${id.length > 100 ? `${id.slice(0, 100)}…` : id}`;
}
