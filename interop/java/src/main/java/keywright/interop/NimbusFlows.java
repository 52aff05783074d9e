package keywright.interop;

import static keywright.interop.Bench.expect;

import com.nimbusds.jose.JWSAlgorithm;
import com.nimbusds.jose.JWSHeader;
import com.nimbusds.jose.crypto.ECDSASigner;
import com.nimbusds.jose.jwk.Curve;
import com.nimbusds.jose.jwk.gen.ECKeyGenerator;
import com.nimbusds.jwt.JWTClaimsSet;
import com.nimbusds.jwt.SignedJWT;
import com.nimbusds.oauth2.sdk.*;
import com.nimbusds.oauth2.sdk.as.AuthorizationServerMetadata;
import com.nimbusds.oauth2.sdk.auth.ClientAuthentication;
import com.nimbusds.oauth2.sdk.dpop.DefaultDPoPProofFactory;
import com.nimbusds.oauth2.sdk.http.HTTPRequest;
import com.nimbusds.oauth2.sdk.id.*;
import com.nimbusds.oauth2.sdk.jarm.JARMValidator;
import com.nimbusds.oauth2.sdk.rar.*;
import com.nimbusds.oauth2.sdk.token.DPoPAccessToken;
import com.nimbusds.openid.connect.sdk.LogoutRequest;
import com.nimbusds.openid.connect.sdk.UserInfoRequest;
import com.nimbusds.openid.connect.sdk.op.OIDCProviderMetadata;
import java.net.URI;
import java.util.Date;
import java.util.List;

/** Applications that act for a person, each by one of the ways there are. */
final class NimbusFlows {
  private final Nimbus nimbus;
  private final Bench bench;

  private NimbusFlows(Nimbus nimbus) {
    this.nimbus = nimbus;
    this.bench = nimbus.bench;
  }

  public static void main(String[] args) throws Exception {
    var nimbus = new Nimbus(new Bench(args[0]));
    new NimbusFlows(nimbus).run();
    new NimbusServices(nimbus).run();
    new NimbusElsewhere(nimbus).run();
  }

  private void run() {
    bench.flow("reads the metadata, and loses no member of it", this::metadata);
    bench.flow("signs in by code and PKCE, refreshes, asks userinfo, revokes", this::code);
    bench.flow("authenticates by each method", this::methods);
    bench.flow("pushes its request", this::pushed);
    bench.flow("signs its request, and reads a signed answer", this::signed);
    bench.flow("binds its tokens to a key, with the server’s nonce", this::bound);
    bench.flow("asks for single things", this::details);
    bench.flow("signs the person out", this::logout);
    bench.flow("works as FAPI 2.0 has it", this::fapi);
  }

  private void metadata() throws Exception {
    var issuer = nimbus.server.getIssuer();
    var address = OIDCProviderMetadata.resolveURL(issuer).toURI();
    var served = new HTTPRequest(HTTPRequest.Method.GET, address).send().getBodyAsJSONObject();
    var openid = Nimbus.lost(served, OIDCProviderMetadata.resolve(issuer).toJSONObject());
    var oauth = Nimbus.lost(served, AuthorizationServerMetadata.resolve(issuer).toJSONObject());
    expect(openid.isEmpty() && oauth.isEmpty(), openid + "--\n" + oauth);
  }

  private void code() throws Exception {
    var basic = nimbus.basic("app");
    var tokens = nimbus.connect("app", basic, it -> it);
    var token = nimbus.server.getTokenEndpointURI();
    expect("ada@example.com".equals(nimbus.userInfo(tokens.getAccessToken()).getEmailAddress()), "userinfo");
    var refresh = new TokenRequest.Builder(token, basic, new RefreshTokenGrant(tokens.getRefreshToken())).build();
    var next = Nimbus.tokens(refresh);
    expect(!next.getRefreshToken().equals(tokens.getRefreshToken()), "the refresh token is another one");
    var revoke =
        new TokenRevocationRequest(nimbus.server.getRevocationEndpointURI(), basic, next.getRefreshToken());
    expect(revoke.toHTTPRequest().send().indicatesSuccess(), "revocation");
    var ended = new TokenRequest.Builder(token, basic, new RefreshTokenGrant(next.getRefreshToken())).build();
    expect(OAuth2Error.INVALID_GRANT.equals(Nimbus.refusal(ended)), "ended");
  }

  private void methods() throws Exception {
    var token = nimbus.server.getTokenEndpointURI();
    nimbus.connect("poster", nimbus.post("poster"), it -> it);
    nimbus.connect("hmac", nimbus.hmac("hmac"), it -> it);
    nimbus.connect("keyed", nimbus.signed("keyed", token), it -> it);
    nimbus.connect("keyed", nimbus.signed("keyed", URI.create(bench.get("issuer"))), it -> it);
  }

  private PushedAuthorizationSuccessResponse push(AuthorizationRequest asked, ClientAuthentication authentication)
      throws Exception {
    var address = nimbus.server.getPushedAuthorizationRequestEndpointURI();
    var response = new PushedAuthorizationRequest(address, authentication, asked).toHTTPRequest().send();
    var answer = PushedAuthorizationResponse.parse(response);
    expect(answer.indicatesSuccess(), response.getBody());
    return answer.toSuccessResponse();
  }

  private AuthorizationResponse follow(String clientId, URI requestUri) throws Exception {
    var asked =
        new AuthorizationRequest.Builder(requestUri, new ClientID(clientId))
            .endpointURI(nimbus.server.getAuthorizationEndpointURI())
            .build();
    return AuthorizationResponse.parse(bench.ask("authorize", asked.toURI()));
  }

  private void pushed() throws Exception {
    var attempt = nimbus.attempt("app", it -> it);
    var basic = nimbus.basic("app");
    var answer = follow("app", push(attempt.request(), basic).getRequestURI());
    expect(answer.indicatesSuccess(), answer.toParameters());
    nimbus.redeem(attempt, answer.toSuccessResponse().getAuthorizationCode(), basic);
  }

  private SignedJWT signRequest(AuthorizationRequest asked) throws Exception {
    var key = bench.key("signing").toECKey();
    var claims =
        new JWTClaimsSet.Builder(asked.toJWTClaimsSet())
            .issuer(asked.getClientID().getValue())
            .audience(bench.get("issuer"))
            .notBeforeTime(new Date())
            .expirationTime(new Date(System.currentTimeMillis() + 60_000))
            .build();
    var jwt = new SignedJWT(new JWSHeader.Builder(JWSAlgorithm.ES256).keyID(key.getKeyID()).build(), claims);
    jwt.sign(new ECDSASigner(key));
    return jwt;
  }

  private void signed() throws Exception {
    var attempt = nimbus.attempt("signer", it -> it.responseMode(ResponseMode.JWT));
    var asked =
        new AuthorizationRequest.Builder(signRequest(attempt.request()), new ClientID("signer"))
            .endpointURI(nimbus.server.getAuthorizationEndpointURI())
            .build();
    var validator =
        new JARMValidator(
            nimbus.server.getIssuer(), new ClientID("signer"), JWSAlgorithm.ES256, nimbus.server.getJWKSetURI().toURL());
    var answer = AuthorizationResponse.parse(bench.ask("authorize", asked.toURI()), validator);
    expect(answer.indicatesSuccess(), answer.toParameters());
    nimbus.redeem(
        attempt,
        answer.toSuccessResponse().getAuthorizationCode(),
        nimbus.signed("signer", nimbus.server.getTokenEndpointURI()));
  }

  private void bound() throws Exception {
    var key = new ECKeyGenerator(Curve.P_256).generate();
    var proofs = new DefaultDPoPProofFactory(key, JWSAlgorithm.ES256);
    var callback = URI.create("com.example.pocket:/callback");
    var attempt = nimbus.attempt("pocket", callback, it -> it);
    var grant = new AuthorizationCodeGrant(nimbus.codeFor(attempt.request()), callback, attempt.verifier());
    var token = nimbus.server.getTokenEndpointURI();
    var pocket = new ClientID("pocket");
    var asked = new TokenRequest.Builder(token, pocket, grant).build().toHTTPRequest();
    var tokens = Nimbus.tokens(nimbus.sendWithProof(proofs, asked, null));
    expect(tokens.getAccessToken() instanceof DPoPAccessToken, tokens.getAccessToken());
    var refresh = new RefreshTokenGrant(tokens.getRefreshToken());
    var again = new TokenRequest.Builder(token, pocket, refresh).build().toHTTPRequest();
    var next = Nimbus.tokens(nimbus.sendWithProof(proofs, again, null));
    var userInfo =
        new UserInfoRequest(
                nimbus.server.getUserInfoEndpointURI(), next.getDPoPAccessToken())
            .toHTTPRequest();
    var person = nimbus.sendWithProof(proofs, userInfo, next.getDPoPAccessToken());
    expect(person.indicatesSuccess(), person.getHeaderMap());
  }

  private void details() throws Exception {
    var room =
        new AuthorizationDetail.Builder(new AuthorizationType("room_access"))
            .actions(List.of(new Action("open")))
            .field("rooms", List.of("7", "8"))
            .build();
    var attempt = nimbus.attempt("app", it -> it.authorizationDetails(List.of(room)));
    var grant =
        new AuthorizationCodeGrant(nimbus.codeFor(attempt.request()), Nimbus.CALLBACK, attempt.verifier());
    var asked = new TokenRequest.Builder(nimbus.server.getTokenEndpointURI(), nimbus.basic("app"), grant).build();
    var tokens = Nimbus.tokens(asked);
    expect(
        tokens.getAccessToken().getAuthorizationDetails().get(0).getType().getValue().equals("room_access"),
        tokens.getAccessToken());
  }

  private void logout() throws Exception {
    var tokens = nimbus.connect("app", nimbus.basic("app"), it -> it);
    var state = new State();
    var back = URI.create("https://app.example/signed-out");
    var asked = new LogoutRequest(nimbus.server.getEndSessionEndpointURI(), tokens.getIDToken(), back, state);
    var left = bench.ask("leave", asked.toURI());
    expect(left.equals(URI.create(back + "?state=" + state)), left);
  }

  /** PAR, a key in place of a secret, DPoP: a client that is held to the profile. */
  private void fapi() throws Exception {
    var proofs = new DefaultDPoPProofFactory(new ECKeyGenerator(Curve.P_256).generate(), JWSAlgorithm.ES256);
    var issuer = URI.create(bench.get("issuer"));
    var attempt = nimbus.attempt("bank", it -> it);
    var answer = follow("bank", push(attempt.request(), nimbus.signed("bank", issuer)).getRequestURI());
    expect(nimbus.server.getIssuer().equals(answer.getIssuer()), answer.toParameters());
    var code = answer.toSuccessResponse().getAuthorizationCode();
    var grant = new AuthorizationCodeGrant(code, Nimbus.CALLBACK, attempt.verifier());
    var token = nimbus.server.getTokenEndpointURI();
    var first = new TokenRequest.Builder(token, nimbus.signed("bank", issuer), grant).build().toHTTPRequest();
    first.setDPoP(proofs.createDPoPJWT("POST", token));
    var wanted = first.send();
    expect(wanted.getDPoPNonce() != null, wanted.getBody());
    // A new assertion: each is good for one request.
    var second = new TokenRequest.Builder(token, nimbus.signed("bank", issuer), grant).build().toHTTPRequest();
    second.setDPoP(proofs.createDPoPJWT("POST", token, wanted.getDPoPNonce()));
    expect(Nimbus.tokens(second.send()).getAccessToken() instanceof DPoPAccessToken, "bound");
  }
}
