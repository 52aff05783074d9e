package keywright.interop;

import static keywright.interop.Bench.expect;

import com.nimbusds.oauth2.sdk.AuthorizationResponse;
import com.nimbusds.oauth2.sdk.id.State;
import com.nimbusds.oauth2.sdk.pkce.CodeChallenge;
import com.nimbusds.oauth2.sdk.pkce.CodeChallengeMethod;
import com.nimbusds.oauth2.sdk.pkce.CodeVerifier;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.json.JsonObject;
import io.vertx.ext.auth.JWTOptions;
import io.vertx.ext.auth.User;
import io.vertx.ext.auth.authentication.TokenCredentials;
import io.vertx.ext.auth.oauth2.*;
import io.vertx.ext.auth.oauth2.providers.OpenIDConnectAuth;
import java.net.URI;
import java.util.List;
import java.util.concurrent.TimeUnit;

/** Applications by Vert.x' OAuth2 provider, which finds out everything from the issuer. */
final class VertxFlows {
  private static final String CALLBACK = "https://app.example/callback";

  private final Bench bench;
  private final Vertx vertx = Vertx.vertx();

  private VertxFlows(Bench bench) {
    this.bench = bench;
  }

  public static void main(String[] args) throws Exception {
    var flows = new VertxFlows(new Bench(args[0]));
    flows.bench.flow("signs in by code and PKCE, asks userinfo, refreshes, signs out", flows::code);
    flows.bench.flow("gets a token on its own account, and verifies it as the API", flows::verification);
    flows.bench.flow("introspects a token", flows::introspection);
    await(flows.vertx.close());
  }

  private static <T> T await(Future<T> future) throws Exception {
    return future.toCompletionStage().toCompletableFuture().get(30, TimeUnit.SECONDS);
  }

  private OAuth2Options options(String clientId) throws Exception {
    var options = new OAuth2Options().setSite(bench.get("issuer"));
    return options.setClientId(clientId).setClientSecret(bench.secret(clientId));
  }

  private OAuth2Auth discover(String clientId) throws Exception {
    return await(OpenIDConnectAuth.discover(vertx, options(clientId)));
  }

  private void code() throws Exception {
    var auth = discover("app");
    var verifier = new CodeVerifier();
    var state = new State().getValue();
    var address =
        auth.authorizeURL(
            new OAuth2AuthorizationURL()
                .setRedirectUri(CALLBACK)
                .setScopes(List.of("openid", "email", "offline_access", "rooms:read"))
                .setState(state)
                .setCodeChallenge(CodeChallenge.compute(CodeChallengeMethod.S256, verifier).getValue())
                .setCodeChallengeMethod("S256"));
    var answer = AuthorizationResponse.parse(bench.ask("authorize", address)).toSuccessResponse();
    expect(state.equals(answer.getState().getValue()), answer.getState());
    var credentials =
        new Oauth2Credentials()
            .setFlow(OAuth2FlowType.AUTH_CODE)
            .setCode(answer.getAuthorizationCode().getValue())
            .setRedirectUri(CALLBACK)
            .setCodeVerifier(verifier.getValue());
    User user = await(auth.authenticate(credentials));
    expect(user.attributes().getJsonObject("idToken").getString("sub").startsWith("usr_"), user.attributes());
    expect("ada@example.com".equals(await(auth.userInfo(user)).getString("email")), "userinfo");
    User next = await(auth.refresh(user));
    expect(!token(next).equals(token(user)), "another access token");
    var end = URI.create(auth.endSessionURL(user, new JsonObject().put("post_logout_redirect_uri", "https://app.example/signed-out")));
    expect(bench.ask("leave", end).toString().startsWith("https://app.example/signed-out"), end);
    await(auth.revoke(next, "refresh_token"));
  }

  private static String token(User user) {
    return user.principal().getString("access_token");
  }

  private User own() throws Exception {
    var credentials = new Oauth2Credentials().setFlow(OAuth2FlowType.CLIENT).addScope("rooms:read");
    return await(discover("gateway").authenticate(credentials));
  }

  /** By the keys of the issuer: the audience of an access token is the API, which this library must be told. */
  private void verification() throws Exception {
    var options = options("rooms-api").setJWTOptions(new JWTOptions().addAudience(bench.get("api")));
    var auth = await(OpenIDConnectAuth.discover(vertx, options));
    await(auth.jWKSet());
    var caller = await(auth.authenticate(new TokenCredentials(token(own()))));
    expect("gateway".equals(caller.attributes().getJsonObject("accessToken").getString("client_id")), caller.attributes());
  }

  private void introspection() throws Exception {
    var auth = OAuth2Auth.create(vertx, options("rooms-api").setIntrospectionPath("/introspect"));
    var caller = await(auth.authenticate(new TokenCredentials(token(own()))));
    expect("gateway".equals(caller.principal().getString("client_id")), caller.principal());
  }
}
