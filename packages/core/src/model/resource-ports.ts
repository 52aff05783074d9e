/** The names of single resources (RFC 9396), which only their API knows. */

/** What is asked about resources of one type of authorization details. */
export interface ResourceQuestion {
  /** The API of the type. */
  readonly api: string;
  /** The type of the authorization details. */
  readonly type: string;
  /** The account that looks at the page. The answer must name only what this user may see. */
  readonly accountId: string;
  /** The client that asks for access. */
  readonly clientId: string;
  /** The resources to be named. Absent: list the resources of the user. */
  readonly identifiers?: readonly string[];
}

/** One resource as its API describes it. Not trusted: core checks each member. */
export interface NamedResource {
  readonly identifier: string;
  /** 1 to 100 characters, on one line. */
  readonly name?: string;
  /** A `data:` address of a PNG, JPEG or WebP, at most 4000 characters long. */
  readonly picture?: string;
}

/** Names resources, in place of an address of the API. May reject: then nothing is named. */
export type ResourceResolver = (
  question: ResourceQuestion,
) => Promise<readonly NamedResource[]> | readonly NamedResource[];
