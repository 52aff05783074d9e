/**
 * The scope of the tokens with which this server asks an API about its resources. No API can
 * declare it, so no client can have it.
 */
export const describeScope = 'authorization_details:describe';
