package keywright.interop;

import static keywright.interop.Bench.expect;

import com.nimbusds.jose.JWSAlgorithm;
import com.nimbusds.oauth2.sdk.*;
import com.nimbusds.oauth2.sdk.auth.*;
import com.nimbusds.oauth2.sdk.dpop.DPoPProofFactory;
import com.nimbusds.oauth2.sdk.http.HTTPRequest;
import com.nimbusds.oauth2.sdk.http.HTTPResponse;
import com.nimbusds.oauth2.sdk.id.*;
import com.nimbusds.oauth2.sdk.pkce.CodeChallengeMethod;
import com.nimbusds.oauth2.sdk.pkce.CodeVerifier;
import com.nimbusds.oauth2.sdk.token.AccessToken;
import com.nimbusds.oauth2.sdk.util.JSONObjectUtils;
import com.nimbusds.openid.connect.sdk.*;
import com.nimbusds.openid.connect.sdk.claims.UserInfo;
import com.nimbusds.openid.connect.sdk.op.OIDCProviderMetadata;
import com.nimbusds.openid.connect.sdk.token.OIDCTokens;
import com.nimbusds.openid.connect.sdk.validators.IDTokenValidator;
import java.net.URI;
import java.util.function.UnaryOperator;
import net.minidev.json.JSONObject;

/** The steps of an application by Nimbus' OAuth 2.0 SDK, which reads every answer by its own types and refuses what does not fit. */
final class Nimbus {
  static final URI CALLBACK = URI.create("https://app.example/callback");
  static final Scope SCOPE = new Scope("openid", "email", "offline_access", "rooms:read");

  final Bench bench;
  final OIDCProviderMetadata server;

  Nimbus(Bench bench) throws Exception {
    this.bench = bench;
    this.server = OIDCProviderMetadata.resolve(new Issuer(bench.get("issuer")));
  }

  ClientAuthentication basic(String clientId) throws Exception {
    return new ClientSecretBasic(new ClientID(clientId), new Secret(bench.secret(clientId)));
  }

  ClientAuthentication post(String clientId) throws Exception {
    return new ClientSecretPost(new ClientID(clientId), new Secret(bench.secret(clientId)));
  }

  ClientAuthentication hmac(String clientId) throws Exception {
    return new ClientSecretJWT(
        new ClientID(clientId), server.getTokenEndpointURI(), JWSAlgorithm.HS256, new Secret(bench.secret(clientId)));
  }

  /** Its audience is the token endpoint or the issuer. */
  ClientAuthentication signed(String clientId, URI audience) throws Exception {
    var key = bench.key("signing").toECKey();
    return new PrivateKeyJWT(
        new ClientID(clientId), audience, JWSAlgorithm.ES256, key.toECPrivateKey(), key.getKeyID(), null);
  }

  /** One attempt to sign in. */
  record Attempt(AuthenticationRequest request, CodeVerifier verifier) {}

  Attempt attempt(String clientId, UnaryOperator<AuthenticationRequest.Builder> more) {
    return attempt(clientId, CALLBACK, more);
  }

  Attempt attempt(String clientId, URI callback, UnaryOperator<AuthenticationRequest.Builder> more) {
    var verifier = new CodeVerifier();
    var builder =
        new AuthenticationRequest.Builder(ResponseType.CODE, SCOPE, new ClientID(clientId), callback)
            .endpointURI(server.getAuthorizationEndpointURI())
            .state(new State())
            .nonce(new Nonce())
            .codeChallenge(verifier, CodeChallengeMethod.S256);
    return new Attempt(more.apply(builder).build(), verifier);
  }

  AuthorizationCode codeFor(AuthenticationRequest asked) throws Exception {
    var answer = AuthenticationResponseParser.parse(bench.ask("authorize", asked.toURI()));
    expect(answer.indicatesSuccess(), answer);
    expect(asked.getState().equals(answer.getState()), answer.getState());
    expect(server.getIssuer().equals(answer.getIssuer()), answer.getIssuer());
    return answer.toSuccessResponse().getAuthorizationCode();
  }

  /** The whole way of code and PKCE. */
  OIDCTokens connect(String clientId, ClientAuthentication authentication, UnaryOperator<AuthenticationRequest.Builder> more)
      throws Exception {
    var attempt = attempt(clientId, more);
    return redeem(attempt, codeFor(attempt.request()), authentication);
  }

  OIDCTokens redeem(Attempt attempt, AuthorizationCode code, ClientAuthentication authentication) throws Exception {
    var grant = new AuthorizationCodeGrant(code, attempt.request().getRedirectionURI(), attempt.verifier());
    var tokens = tokens(new TokenRequest.Builder(server.getTokenEndpointURI(), authentication, grant).build());
    var validator =
        new IDTokenValidator(
            server.getIssuer(), authentication.getClientID(), JWSAlgorithm.RS256, server.getJWKSetURI().toURL());
    validator.validate(tokens.getIDToken(), attempt.request().getNonce());
    return tokens;
  }

  static OIDCTokens tokens(TokenRequest request) throws Exception {
    return tokens(request.toHTTPRequest().send());
  }

  static OIDCTokens tokens(HTTPResponse response) throws Exception {
    var answer = OIDCTokenResponseParser.parse(response);
    expect(answer.indicatesSuccess(), response.getBody());
    return ((OIDCTokenResponse) answer.toSuccessResponse()).getOIDCTokens();
  }

  static AccessTokenResponse plainTokens(TokenRequest request) throws Exception {
    var response = request.toHTTPRequest().send();
    var answer = TokenResponse.parse(response);
    expect(answer.indicatesSuccess(), response.getBody());
    return answer.toSuccessResponse();
  }

  /** What is wrong, of a request that must be refused. */
  static ErrorObject refusal(TokenRequest request) throws Exception {
    var answer = TokenResponse.parse(request.toHTTPRequest().send());
    expect(!answer.indicatesSuccess(), "not refused");
    var error = answer.toErrorResponse().getErrorObject();
    expect(error.getDescription() != null, error);
    return error;
  }

  UserInfo userInfo(AccessToken token) throws Exception {
    var response = new UserInfoRequest(server.getUserInfoEndpointURI(), token).toHTTPRequest().send();
    var answer = UserInfoResponse.parse(response);
    expect(answer.indicatesSuccess(), response.getBody());
    return answer.toSuccessResponse().getUserInfo();
  }

  /** RFC 9449 §8: the first time the server names a nonce, the second time the proof holds it. */
  HTTPResponse sendWithProof(DPoPProofFactory proofs, HTTPRequest request, AccessToken token) throws Exception {
    var method = request.getMethod().name();
    request.setDPoP(proofs.createDPoPJWT(method, request.getURI(), token));
    var first = request.send();
    if (first.getDPoPNonce() == null || first.indicatesSuccess()) return first;
    request.setDPoP(proofs.createDPoPJWT(method, request.getURI(), token, first.getDPoPNonce()));
    return request.send();
  }

  /** Members that were served and do not come out of the library's types as they went in. It leaves out what is false. */
  static String lost(JSONObject served, JSONObject read) throws Exception {
    var lost = new StringBuilder();
    for (var name : served.keySet()) {
      var before = served.get(name);
      var after = JSONObjectUtils.parse(read.toJSONString()).get(name);
      if (!before.equals(after) && !before.equals(false)) lost.append(name + ": " + before + " -> " + after + "\n");
    }
    return lost.toString();
  }
}
