/**
 * DPoP at this server (RFC 9449): checks the proof of a request once. At the token endpoint, it
 * gives the key for the tokens (§5). At an endpoint that accepts access tokens, it shows that the
 * sender has the key of the token (§7).
 */
import {
  anyKey,
  type DpopExpectation,
  type DpopProof,
  JwtError,
  noAccessToken,
  signingAlgorithms,
  verifyDpopProof,
} from '@keywright/jwt';
import type { RefusalReason } from '@keywright/wire';
import { type Core, policyOf } from '../core.ts';
import { OAuthError } from '../../model/errors.ts';
import type { HttpRequest } from '../http/message.ts';
import type { Parameters } from '../http/parameters.ts';
import { isUnassured } from '../limits/unassured.ts';
import type { Client } from '../../model/entities.ts';
import type { Policy } from '../policy/policy.ts';

interface Refused {
  readonly invalid: RefusalReason;
  readonly replayed: RefusalReason;
  readonly nonce: RefusalReason;
}

/** RFC 9449 §5, §8: for token requests. */
const atIssuing: Refused = {
  invalid: 'dpop_proof_invalid',
  replayed: 'dpop_proof_replayed',
  nonce: 'dpop_nonce_missing',
};
/** §7, §9: for requests with a token. */
const atResource: Refused = {
  invalid: 'proof_invalid',
  replayed: 'proof_replayed',
  nonce: 'proof_nonce_missing',
};

type TokenShown = Pick<DpopExpectation, 'accessToken' | 'thumbprint'>;

/** At the token endpoint, the tokens are bound to any key that the proof shows. */
const noToken: TokenShown = { accessToken: noAccessToken, thumbprint: anyKey };

/** For discovery (RFC 9449 §5.1): the algorithms of proofs. */
export function dpopMetadata({
  options,
}: Pick<Core, 'options'>): Readonly<Record<string, unknown>> {
  if (!options.features.dpop) return {};
  return { dpop_signing_alg_values_supported: algorithmsOf(options.policies.default) };
}

/** `algs` of a challenge (RFC 9449 §7.1). Undefined if DPoP is off. */
export function dpopChallenge({ options }: Pick<Core, 'options'>): string | undefined {
  return options.features.dpop ? algorithmsOf(options.policies.default).join(' ') : undefined;
}

function algorithmsOf({ signingAlgorithms: allowed }: Policy): readonly string[] {
  return signingAlgorithms.filter(
    (algorithm) => allowed === undefined || allowed.includes(algorithm),
  );
}

export interface ProvenKey {
  readonly thumbprint: string;
  /**
   * For a client that anybody can name or make: call it right before the credential is spent, when
   * the request is known to be valid. Before that, a second use of the proof gives nothing. For
   * every other client, the proof is stored already. Throws dpop_proof_replayed, throttled.
   */
  readonly remember?: () => Promise<void>;
}

/**
 * The key that a token request proves. Its client was authenticated, and nothing was spent yet.
 * Throws dpop_proof_invalid, dpop_nonce_missing, dpop_proof_replayed.
 */
export async function proveKey(
  core: Core,
  request: HttpRequest,
  client: Client,
): Promise<ProvenKey> {
  refuseOtherBinding(client);
  const proof = await core.verifying(() => judge(core, request, noToken, atIssuing));
  if (!algorithmsOf(policyOf(core, client)).includes(proof.algorithm))
    throw new OAuthError('dpop_proof_invalid', { log: { note: `alg ${proof.algorithm}` } });
  assertNonce(core, proof, atIssuing);
  const { thumbprint } = proof;
  const remember = () => rememberProof(core, proof, atIssuing, { client, request });
  // A caller that proves nothing must not store a row with each request.
  if (isUnassured(client)) return { thumbprint, remember };
  await remember();
  return { thumbprint };
}

/**
 * RFC 8705 §3.4: the client registered for tokens that are bound to its certificate, and its APIs
 * may require that. A proof asks for another binding, so the request is refused.
 */
function refuseOtherBinding({ settings }: Client): void {
  if (settings?.certificateBoundAccessTokens !== true) return;
  throw new OAuthError('dpop_proof_invalid', {
    description:
      'This client registered for tokens that are bound to its certificate: leave the DPoP proof out.',
  });
}

/**
 * Checks that the key of the token made the proof. Throws token_binding_wrong, proof_invalid,
 * proof_nonce_missing, proof_replayed.
 */
export async function proveTokenKey(
  core: Core,
  request: HttpRequest,
  shown: TokenShown,
  clientId: string,
): Promise<void> {
  const proof = await core.verifying(() => judge(core, request, shown, atResource));
  assertNonce(core, proof, atResource);
  // The client of the token decides how many proofs may be stored. A removed client gets no answer
  // here.
  const client = await core.loadClient(clientId);
  await rememberProof(
    core,
    proof,
    atResource,
    client === undefined ? undefined : { client, request },
  );
}

function judge(core: Core, request: HttpRequest, shown: TokenShown, refused: Refused): DpopProof {
  try {
    return verifyDpopProof(request.headers['dpop'] ?? '', {
      ...shown,
      method: request.method,
      url: addressesOf(core, request),
      nowSeconds: core.clock.nowSeconds(),
    });
  } catch (error) {
    if (!(error instanceof JwtError)) throw error;
    const reason = error.reason === 'token_binding_wrong' ? error.reason : refused.invalid;
    throw new OAuthError(reason, { log: { note: error.note } });
  }
}

/**
 * RFC 9449 §4.3 (9): the addresses of this endpoint. With two hosts (RFC 8705 §5) both are
 * accepted, because it is one server, and a proof is used up at both. The Host header is not used,
 * because the sender writes it.
 */
function addressesOf({ options }: Core, { path }: HttpRequest): string | readonly string[] {
  const { origin, mutualTlsOrigin } = options;
  return mutualTlsOrigin === undefined ? origin + path : [origin + path, mutualTlsOrigin + path];
}

/** RFC 9449 §4.3 (10). */
function assertNonce(core: Core, proof: DpopProof, refused: Refused): void {
  if (
    core.options.dpopNonce === 'required' &&
    !core.dpopNonces.isGood(proof.nonce, core.clock.nowSeconds())
  )
    throw new OAuthError(refused.nonce);
}

interface Sender {
  readonly client: Client;
  readonly request: HttpRequest;
}

/**
 * The check that needs the store is last. So a proof that is refused for another reason stores
 * nothing.
 */
async function rememberProof(
  core: Core,
  proof: DpopProof,
  refused: Refused,
  sender: Sender | undefined,
): Promise<void> {
  if (sender !== undefined) core.markLimits.take(sender.client, sender.request.remoteAddress);
  // RFC 9449 §11.1: once at all nodes, also after a restart.
  const until = Math.ceil(proof.replayableUntil / 1000);
  if (!(await core.store.claims.take(`dpop ${proof.replayId}`, until)))
    throw new OAuthError(refused.replayed);
}

/**
 * `dpop_jkt` of an authorization request (RFC 9449 §10): an RFC 7638 thumbprint by SHA-256.
 * Undefined if it has no effect.
 */
export function parseDpopThumbprint(core: Core, parameters: Parameters): string | undefined {
  const thumbprint = core.options.features.dpop ? parameters.get('dpop_jkt') : undefined;
  if (thumbprint !== undefined && !/^[A-Za-z0-9_-]{43}$/.test(thumbprint))
    throw new OAuthError('parameter_malformed', {
      description: 'dpop_jkt must be 43 characters of base64url.',
    });
  return thumbprint;
}

/**
 * The key that a pushed request binds its code to: `dpop_jkt`, or the key of its own proof. Both
 * must be the same (RFC 9449 §10.1). Without waiting if there is no proof.
 */
export function bindPushedRequest(
  core: Core,
  request: HttpRequest,
  client: Client,
  parameters: Parameters,
): Partial<ProvenKey> | Promise<ProvenKey> {
  const stated = parseDpopThumbprint(core, parameters);
  if (!core.options.features.dpop || request.headers['dpop'] === undefined)
    return stated === undefined ? {} : { thumbprint: stated };
  return proveKey(core, request, client).then((proven) => {
    if (stated !== undefined && stated !== proven.thumbprint)
      throw new OAuthError('dpop_proof_invalid', {
        description: 'dpop_jkt belongs to another key than the proof.',
      });
    return proven;
  });
}
