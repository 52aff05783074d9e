package keywright.interop.client;

import java.time.Instant;
import java.util.Map;
import org.springframework.http.HttpStatus;
import org.springframework.security.authentication.AnonymousAuthenticationToken;
import org.springframework.security.core.Authentication;
import org.springframework.security.core.annotation.AuthenticationPrincipal;
import org.springframework.security.core.authority.AuthorityUtils;
import org.springframework.security.oauth2.client.*;
import org.springframework.security.oauth2.client.authentication.OAuth2AuthenticationToken;
import org.springframework.security.oauth2.core.OAuth2AccessToken;
import org.springframework.security.oauth2.core.OAuth2AuthorizationException;
import org.springframework.security.oauth2.core.oidc.user.OidcUser;
import org.springframework.security.oauth2.jwt.Jwt;
import org.springframework.security.web.csrf.CsrfToken;
import org.springframework.web.bind.annotation.*;
import tools.jackson.databind.json.JsonMapper;

/** What the application tells whoever tests it. */
@RestController
class Pages {
  private final OAuth2AuthorizedClientManager manager;
  private final JsonMapper json;

  Pages(OAuth2AuthorizedClientManager manager, JsonMapper json) {
    this.manager = manager;
    this.json = json;
  }

  @GetMapping({"/", "/open"})
  String open() {
    return "open";
  }

  @GetMapping("/me")
  String me(@AuthenticationPrincipal OidcUser user, CsrfToken csrf) {
    var seen = Map.of("id_token", user.getIdToken().getClaims(), "userinfo", user.getUserInfo().getClaims());
    return json.writeValueAsString(Map.of("user", seen, "csrf", csrf.getToken()));
  }

  @GetMapping("/token")
  String token(OAuth2AuthenticationToken who) {
    return tokenOf(OAuth2AuthorizeRequest.withClientRegistrationId(who.getAuthorizedClientRegistrationId()).principal(who));
  }

  private static final Authentication itself =
      new AnonymousAuthenticationToken("key", "itself", AuthorityUtils.createAuthorityList("ROLE_ANONYMOUS"));

  @GetMapping("/service/own")
  String own() {
    return tokenOf(OAuth2AuthorizeRequest.withClientRegistrationId("own").principal(itself));
  }

  @GetMapping("/service/exchange")
  String exchange(@RequestHeader("brought") String brought) {
    var token =
        new OAuth2AccessToken(
            OAuth2AccessToken.TokenType.BEARER, brought, Instant.now(), Instant.now().plusSeconds(60));
    return tokenOf(
        OAuth2AuthorizeRequest.withClientRegistrationId("exchange")
            .principal(itself)
            .attribute("subject_token", token));
  }

  @GetMapping("/service/assertion")
  String assertion(@RequestHeader("brought") String brought) {
    var jwt = Jwt.withTokenValue(brought).header("alg", "ES256").claim("sub", "ada").build();
    return tokenOf(
        OAuth2AuthorizeRequest.withClientRegistrationId("assertion").principal(itself).attribute("assertion", jwt));
  }

  private String tokenOf(OAuth2AuthorizeRequest.Builder asked) {
    return manager.authorize(asked.build()).getAccessToken().getTokenValue();
  }

  @ExceptionHandler(OAuth2AuthorizationException.class)
  @ResponseStatus(HttpStatus.BAD_GATEWAY)
  String failed(OAuth2AuthorizationException fault) {
    return fault.getError().toString();
  }
}
