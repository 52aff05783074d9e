/** What an API declared for one extension or another; in the store as JSON. */
import type { SigningAlgorithm } from '@keywright/jwt';
export interface ApiSettings {
  /** Of its access tokens; ES256 by default. */
  readonly signingAlgorithm?: SigningAlgorithm;
  /**
   * `opaque`: its access tokens are looked up, by introspection, instead of read. Default `jwt`.
   */
  readonly accessTokenFormat?: 'jwt' | 'opaque';
  /** What may be asked for in `authorization_details` (RFC 9396 §2). */
  readonly authorizationDetailsTypes?: readonly DetailType[];
}

export interface DetailType {
  /** As it stands in `type`; of one API only. */
  readonly type: string;
  /** Heads it at consent: "Access to single buildings". */
  readonly name: string;
  /** A sentence for people, in which `{member}` stands for what the request has there. */
  readonly description: string;
  /** The member whose values are single things, of which the person takes or leaves each. */
  readonly resources?: string;
  /**
   * Asked for at each request, by applications of every tier, whatever was agreed before: for what
   * is done once, such as a payment.
   */
  readonly everyTime?: true;
  /** All members beside `type` and `locations`. */
  readonly schema: ObjectSchema;
}

export interface StringSchema {
  readonly type: 'string';
  /** For people, in place of the member's name. */
  readonly title?: string;
  readonly enum?: readonly string[];
  /** How each of `enum` reads at consent. */
  readonly words?: Readonly<Record<string, string>>;
  /** In characters; 200 by default. */
  readonly maxLength?: number;
}

export interface IntegerSchema {
  readonly type: 'integer';
  readonly title?: string;
  readonly minimum?: number;
  readonly maximum?: number;
}

export interface BooleanSchema {
  readonly type: 'boolean';
  readonly title?: string;
}

/** A set: never empty, for an empty one might be read as "all", and each value once. */
export interface ArraySchema {
  readonly type: 'array';
  readonly title?: string;
  readonly items: StringSchema;
  /** 50 by default, which is the most. */
  readonly maxItems?: number;
}

export interface ObjectSchema {
  readonly type: 'object';
  readonly title?: string;
  readonly properties: Readonly<Record<string, MemberSchema>>;
  readonly required?: readonly string[];
}

export type MemberSchema =
  | StringSchema
  | IntegerSchema
  | BooleanSchema
  | ArraySchema
  | ObjectSchema;
