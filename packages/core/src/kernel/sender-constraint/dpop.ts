/**
 * DPoP at this server (RFC 9449): the proof of one request, judged once. At the token endpoint it says what tokens are to be bound to
 * (§5); at an endpoint that takes access tokens it shows that the token is in the hands that it was bound to (§7).
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

/** RFC 9449 §5, §8: of whoever asks for tokens. */
const atIssuing: Refused = {
  invalid: 'dpop_proof_invalid',
  replayed: 'dpop_proof_replayed',
  nonce: 'dpop_nonce_missing',
};
/** §7, §9: of whoever shows one. */
const atResource: Refused = {
  invalid: 'proof_invalid',
  replayed: 'proof_replayed',
  nonce: 'proof_nonce_missing',
};

type TokenShown = Pick<DpopExpectation, 'accessToken' | 'thumbprint'>;

/** At the token endpoint: what is issued will be bound to whatever key is shown. */
const noToken: TokenShown = { accessToken: noAccessToken, thumbprint: anyKey };

/** For discovery (RFC 9449 §5.1): those that proofs may be signed with. */
export function dpopMetadata({ options }: Pick<Core, 'options'>): Readonly<Record<string, unknown>> {
  if (!options.features.dpop) return {};
  return { dpop_signing_alg_values_supported: algorithmsOf(options.policies.default) };
}

/** `algs` of a challenge (RFC 9449 §7.1); undefined where DPoP is off. */
export function dpopChallenge({ options }: Pick<Core, 'options'>): string | undefined {
  return options.features.dpop ? algorithmsOf(options.policies.default).join(' ') : undefined;
}

function algorithmsOf({ signingAlgorithms: allowed }: Policy): readonly string[] {
  return signingAlgorithms.filter((algorithm) => allowed === undefined || allowed.includes(algorithm));
}

export interface ProvenKey {
  readonly thumbprint: string;
  /**
   * Of a client that anybody can name or make: to be called when what the request brings is known to be good, right before it is spent. Until
   * then the proof could come again, and has nothing to gain. Of every other it is remembered. Throws dpop_proof_replayed, throttled.
   */
  readonly remember?: () => Promise<void>;
}

/**
 * The key that a request for tokens proves. Its client has been authenticated, and nothing of the request was spent. Throws
 * dpop_proof_invalid, dpop_nonce_missing, dpop_proof_replayed.
 */
export async function proveKey(core: Core, request: HttpRequest, client: Client): Promise<ProvenKey> {
  refuseOtherBinding(core, client);
  const proof = await core.verifying(() => judge(core, request, noToken, atIssuing));
  if (!algorithmsOf(policyOf(core, client)).includes(proof.algorithm))
    throw new OAuthError('dpop_proof_invalid', { log: { note: `alg ${proof.algorithm}` } });
  assertNonce(core, proof, atIssuing);
  const { thumbprint } = proof;
  const remember = () => rememberProof(core, proof, atIssuing, { client, request });
  // Anyone who proves nothing must not leave a row for each request.
  if (isUnassured(client)) return { thumbprint, remember };
  await remember();
  return { thumbprint };
}

/**
 * RFC 8705 §3.4: the client has said what its tokens are bound to, and its APIs may ask for that alone. A proof asks for another binding: it is
 * refused, as either answer would be one that somebody did not want.
 */
function refuseOtherBinding({ options }: Core, { settings }: Client): void {
  if (settings?.certificateBoundAccessTokens !== true || !options.features.mutualTls) return;
  throw new OAuthError('dpop_proof_invalid', {
    description: 'This client registered tokens that are bound to its certificate: leave the DPoP proof out.',
  });
}

/** That the token's own key made the proof. Throws token_binding_wrong, proof_invalid, proof_nonce_missing, proof_replayed. */
export async function proveTokenKey(
  core: Core,
  request: HttpRequest,
  shown: TokenShown,
  clientId: string,
): Promise<void> {
  const proof = await core.verifying(() => judge(core, request, shown, atResource));
  assertNonce(core, proof, atResource);
  // Whose token it is decides how many proofs may be remembered; one that is gone has nothing to ask here.
  const client = await core.loadClient(clientId);
  await rememberProof(core, proof, atResource, client === undefined ? undefined : { client, request });
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
 * RFC 9449 §4.3 (9): the addresses by which this endpoint is known; of two hosts (RFC 8705 §5) either, as it is one server, and a proof is used
 * up at both. What stands in Host is its sender's.
 */
function addressesOf({ options }: Core, { path }: HttpRequest): string | readonly string[] {
  const { origin, mutualTlsOrigin } = options;
  return mutualTlsOrigin === undefined ? origin + path : [origin + path, mutualTlsOrigin + path];
}

/** RFC 9449 §4.3 (10). */
function assertNonce(core: Core, proof: DpopProof, refused: Refused): void {
  if (core.options.dpopNonce === 'required' && !core.dpopNonces.isGood(proof.nonce, core.clock.nowSeconds()))
    throw new OAuthError(refused.nonce);
}

interface Sender {
  readonly client: Client;
  readonly request: HttpRequest;
}

/** What needs memory, last: a proof that is refused for another reason has not used anything up. */
async function rememberProof(
  core: Core,
  proof: DpopProof,
  refused: Refused,
  sender: Sender | undefined,
): Promise<void> {
  if (sender !== undefined) core.markLimits.take(sender.client, sender.request.remoteAddress);
  // RFC 9449 §11.1: once, at whichever node, and after a restart too.
  const until = Math.ceil(proof.replayableUntil / 1000);
  if (!(await core.store.claims.take(`dpop ${proof.replayId}`, until)))
    throw new OAuthError(refused.replayed);
}

/** `dpop_jkt` of an authorization request (RFC 9449 §10): an RFC 7638 thumbprint by SHA-256. Undefined where it does not count. */
export function parseDpopThumbprint(core: Core, parameters: Parameters): string | undefined {
  const thumbprint = core.options.features.dpop ? parameters.get('dpop_jkt') : undefined;
  if (thumbprint !== undefined && !/^[A-Za-z0-9_-]{43}$/.test(thumbprint))
    throw new OAuthError('parameter_malformed', {
      description: 'dpop_jkt must be 43 characters of base64url.',
    });
  return thumbprint;
}

/**
 * What a pushed request binds its code to: `dpop_jkt`, or the key of its own proof, and both must be one (RFC 9449 §10.1). At once where
 * there is no proof.
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
        description: 'dpop_jkt is of another key than the proof.',
      });
    return proven;
  });
}
