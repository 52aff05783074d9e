/** The little of oidc-provider that the peer uses; the package brings no types. */
declare module 'oidc-provider' {
  import type { IncomingMessage, RequestListener, ServerResponse } from 'node:http';

  export interface InteractionDetails {
    readonly prompt: { readonly name: string };
    readonly params: Readonly<Record<string, string>>;
    readonly session?: { readonly accountId: string };
  }

  export interface Grant {
    addOIDCScope(scope: string): void;
    addResourceScope(resource: string, scope: string): void;
    getResourceScopeFiltered(resource: string, scopes: readonly string[]): string;
    save(): Promise<string>;
  }

  export interface AccessToken {
    readonly accountId: string;
    readonly grantId: string;
    readonly tokenType: string;
    readonly expiration: number;
    resourceServer: unknown;
    scope: string;
    save(): Promise<string>;
  }

  /** What the handler of a grant is called with: a context of koa. */
  export interface TokenContext {
    readonly oidc: {
      readonly params: Readonly<Record<string, string | undefined>>;
      readonly client: unknown;
    };
    body: unknown;
  }

  export const errors: Readonly<
    Record<
      'InvalidGrant' | 'InvalidRequest' | 'InvalidScope' | 'InvalidTarget',
      new (
        ...details: readonly (string | undefined)[]
      ) => Error
    >
  >;

  export class Provider {
    constructor(issuer: string, configuration: Readonly<Record<string, unknown>>);
    readonly Grant: {
      new (owner: { readonly accountId: string; readonly clientId: string }): Grant;
      find(id: string): Promise<Grant | undefined>;
    };
    readonly AccessToken: {
      new (content: Readonly<Record<string, unknown>>): AccessToken;
      find(value: string): Promise<AccessToken | undefined>;
    };
    readonly ResourceServer: new (
      identifier: string,
      info: unknown,
    ) => unknown;
    registerGrantType(
      name: string,
      handler: (context: TokenContext) => Promise<void>,
      parameters: readonly string[],
      repeatable: readonly string[],
    ): void;
    callback(): RequestListener;
    interactionDetails(
      request: IncomingMessage,
      response: ServerResponse,
    ): Promise<InteractionDetails>;
    interactionFinished(
      request: IncomingMessage,
      response: ServerResponse,
      result: Readonly<Record<string, unknown>>,
      options: { readonly mergeWithLastSubmission: boolean },
    ): Promise<void>;
  }
}
