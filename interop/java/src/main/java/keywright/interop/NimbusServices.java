package keywright.interop;

import static keywright.interop.Bench.expect;

import com.nimbusds.jose.JWSAlgorithm;
import com.nimbusds.jose.JWSHeader;
import com.nimbusds.jose.crypto.ECDSASigner;
import com.nimbusds.jwt.JWTClaimsSet;
import com.nimbusds.jwt.SignedJWT;
import com.nimbusds.oauth2.sdk.*;
import com.nimbusds.oauth2.sdk.client.*;
import com.nimbusds.oauth2.sdk.id.Audience;
import com.nimbusds.oauth2.sdk.token.AccessToken;
import com.nimbusds.oauth2.sdk.token.TokenTypeURI;
import com.nimbusds.oauth2.sdk.tokenexchange.TokenExchangeGrant;
import com.nimbusds.openid.connect.sdk.rp.*;
import java.net.URI;
import java.util.Date;
import java.util.UUID;

/** Programs among themselves, and applications that register themselves. */
final class NimbusServices {
  private final Nimbus nimbus;
  private final Bench bench;

  NimbusServices(Nimbus nimbus) {
    this.nimbus = nimbus;
    this.bench = nimbus.bench;
  }

  void run() {
    bench.flow("gets a token on its own account", this::clientCredentials);
    bench.flow("introspects a token", this::introspection);
    bench.flow("exchanges a token", this::exchange);
    bench.flow("brings an assertion as a grant", this::assertion);
    bench.flow("registers itself, reads, changes and deletes that", this::registration);
  }

  private AccessTokenResponse ask(String clientId, AuthorizationGrant grant, String scope, URI resource)
      throws Exception {
    var asked =
        new TokenRequest.Builder(nimbus.server.getTokenEndpointURI(), nimbus.basic(clientId), grant)
            .scope(Scope.parse(scope));
    return Nimbus.plainTokens((resource == null ? asked : asked.resource(resource)).build());
  }

  private AccessToken own() throws Exception {
    var rooms = URI.create(bench.get("api"));
    return ask("gateway", new ClientCredentialsGrant(), "rooms:read", rooms).getTokens().getAccessToken();
  }

  private void clientCredentials() throws Exception {
    var token = own();
    expect(Scope.parse("rooms:read").equals(token.getScope()) && token.getLifetime() > 0, token);
    var wrong =
        new TokenRequest.Builder(
                nimbus.server.getTokenEndpointURI(), nimbus.basic("gateway"), new ClientCredentialsGrant())
            .scope(Scope.parse("rooms:burn"))
            .build();
    expect(OAuth2Error.INVALID_SCOPE.equals(Nimbus.refusal(wrong)), "refused");
  }

  private void introspection() throws Exception {
    var address = nimbus.server.getIntrospectionEndpointURI();
    var response =
        new TokenIntrospectionRequest(address, nimbus.basic("rooms-api"), own()).toHTTPRequest().send();
    var told = TokenIntrospectionResponse.parse(response);
    expect(told.indicatesSuccess(), response.getBody());
    var facts = told.toSuccessResponse();
    expect(facts.isActive() && Audience.create(bench.get("api")).equals(facts.getAudience()), response.getBody());
    expect("gateway".equals(facts.getClientID().getValue()), response.getBody());
    expect(facts.getExpirationTime().after(new Date()), response.getBody());
    expect(facts.getTokenType() != null, response.getBody());
  }

  private void exchange() throws Exception {
    var brought = nimbus.connect("app", nimbus.basic("app"), it -> it).getAccessToken();
    var grant =
        new TokenExchangeGrant(
            brought, TokenTypeURI.ACCESS_TOKEN, null, null, null, Audience.create(bench.get("other_api")));
    var answer = ask("gateway", grant, "rooms:read", null);
    expect(TokenTypeURI.ACCESS_TOKEN.equals(answer.getTokens().getAccessToken().getIssuedTokenType()), answer.toJSONObject());
    var acting =
        new TokenExchangeGrant(
            brought,
            TokenTypeURI.ACCESS_TOKEN,
            own(),
            TokenTypeURI.ACCESS_TOKEN,
            TokenTypeURI.ACCESS_TOKEN,
            Audience.create(bench.get("api")));
    var token = ask("gateway", acting, "rooms:read", null).getTokens().getAccessToken();
    expect(SignedJWT.parse(token.getValue()).getJWTClaimsSet().getClaim("act") != null, token);
  }

  private void assertion() throws Exception {
    var key = bench.key("partner").toECKey();
    var claims =
        new JWTClaimsSet.Builder()
            .issuer(bench.get("partner"))
            .subject("ada@example.com")
            .audience(bench.get("issuer"))
            .issueTime(new Date())
            .expirationTime(new Date(System.currentTimeMillis() + 60_000))
            .jwtID(UUID.randomUUID().toString())
            .build();
    var jwt = new SignedJWT(new JWSHeader.Builder(JWSAlgorithm.ES256).keyID(key.getKeyID()).build(), claims);
    jwt.sign(new ECDSASigner(key));
    expect(ask("sync", new JWTBearerGrant(jwt), "rooms:read", null).getTokens().getAccessToken() != null, "a token");
  }

  private void registration() throws Exception {
    var metadata = new OIDCClientMetadata();
    metadata.setRedirectionURI(URI.create("https://newcomer.example/callback"));
    metadata.setName("Newcomer");
    metadata.setScope(Scope.parse("openid email"));
    var asked =
        new OIDCClientRegistrationRequest(nimbus.server.getRegistrationEndpointURI(), metadata, null)
            .toHTTPRequest()
            .send();
    var made = registered(OIDCClientRegistrationResponseParser.parse(asked), asked.getBody());
    var address = made.getRegistrationURI();
    var read = new ClientReadRequest(address, made.getRegistrationAccessToken()).toHTTPRequest().send();
    var seen = registered(OIDCClientRegistrationResponseParser.parse(read), read.getBody());
    seen.getOIDCMetadata().setName("Newcomer, renamed");
    var change =
        new OIDCClientUpdateRequest(
                address, seen.getID(), seen.getRegistrationAccessToken(), seen.getOIDCMetadata(), seen.getSecret())
            .toHTTPRequest()
            .send();
    var changed = registered(OIDCClientRegistrationResponseParser.parse(change), change.getBody());
    expect("Newcomer, renamed".equals(changed.getOIDCMetadata().getName()), change.getBody());
    var gone = new ClientDeleteRequest(address, changed.getRegistrationAccessToken()).toHTTPRequest().send();
    expect(gone.getStatusCode() == 204, gone.getStatusCode());
  }

  private static OIDCClientInformation registered(ClientRegistrationResponse answer, String body) {
    expect(answer.indicatesSuccess(), body);
    return ((OIDCClientInformationResponse) answer.toSuccessResponse()).getOIDCClientInformation();
  }
}
