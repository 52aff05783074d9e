/** What an API declares for extensions, stored as JSON. */
import type { SigningAlgorithm } from '@keywright/jwt';
/** What an API may say about its access tokens and its authorization details. */
export interface ApiSettings {
  /** The algorithm of its access tokens. Default: ES256. */
  readonly signingAlgorithm?: SigningAlgorithm;
  /**
   * `opaque`: its access tokens are looked up, by introspection, instead of read. Default `jwt`.
   */
  readonly accessTokenFormat?: 'jwt' | 'opaque';
  /** The types that `authorization_details` may have (RFC 9396 §2). */
  readonly authorizationDetailsTypes?: readonly DetailType[];
}

/** A type of authorization details that an API accepts (RFC 9396 §2), checked. */
export interface DetailType {
  /** The value of `type`. It belongs to one API. */
  readonly type: string;
  /** Heads it at consent: "Access to single buildings". */
  readonly name: string;
  /** A sentence for users. `{member}` is replaced by the value in the request. */
  readonly description: string;
  /** The member whose values are resources, each of which the user can select. */
  readonly resources?: string;
  /**
   * Asked for at each request, by clients of every tier, also if the user agreed before: for
   * actions that are done once, such as a payment.
   */
  readonly everyTime?: true;
  /**
   * Where the names of resources come from: an address at the API, or `function` for the port
   * `resolveResources`. Absent: users see the identifiers.
   */
  readonly resolver?: string;
  /** A client may leave `resources` out. Then the user picks from their own resources. */
  readonly choices?: true;
  /** All members except `type` and `locations`. */
  readonly schema: ObjectSchema;
}

/** A member that is a string. */
export interface StringSchema {
  readonly type: 'string';
  /** For users, instead of the name of the member. */
  readonly title?: string;
  readonly enum?: readonly string[];
  /** How each of `enum` reads at consent. */
  readonly words?: Readonly<Record<string, string>>;
  /** In characters; 200 by default. */
  readonly maxLength?: number;
}

/** A member that is a whole number. The bounds are inclusive. */
export interface IntegerSchema {
  readonly type: 'integer';
  readonly title?: string;
  readonly minimum?: number;
  readonly maximum?: number;
}

/** A member that is true or false. */
export interface BooleanSchema {
  readonly type: 'boolean';
  readonly title?: string;
}

/**
 * A member that is a set. It is never empty, because an empty set might be read as "all", and it
 * has each value once.
 */
export interface ArraySchema {
  readonly type: 'array';
  readonly title?: string;
  readonly items: StringSchema;
  /** 50 by default, which is the most. */
  readonly maxItems?: number;
}

/** A member that is an object. Members that the schema does not name are refused. */
export interface ObjectSchema {
  readonly type: 'object';
  readonly title?: string;
  readonly properties: Readonly<Record<string, MemberSchema>>;
  readonly required?: readonly string[];
}

/** What one member of authorization details may be. A subset of JSON Schema. */
export type MemberSchema =
  | StringSchema
  | IntegerSchema
  | BooleanSchema
  | ArraySchema
  | ObjectSchema;
