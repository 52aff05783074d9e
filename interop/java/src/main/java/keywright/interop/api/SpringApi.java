package keywright.interop.api;

import java.util.Map;
import org.springframework.boot.SpringApplication;
import org.springframework.boot.autoconfigure.SpringBootApplication;
import org.springframework.boot.security.oauth2.server.resource.autoconfigure.OAuth2ResourceServerProperties;
import org.springframework.context.annotation.Bean;
import org.springframework.core.annotation.Order;
import org.springframework.core.env.Environment;
import org.springframework.security.config.Customizer;
import org.springframework.security.config.annotation.web.builders.HttpSecurity;
import org.springframework.security.core.Authentication;
import org.springframework.security.oauth2.jwt.*;
import org.springframework.security.oauth2.server.resource.introspection.SpringOpaqueTokenIntrospector;
import org.springframework.security.web.SecurityFilterChain;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.RestController;

/** An API as Spring Boot's documentation has it: issuer and audience by properties; and once more by introspection. */
@SpringBootApplication
@RestController
public class SpringApi {
  public static void main(String[] args) {
    SpringApplication.run(SpringApi.class, args);
  }

  @Bean
  @Order(1)
  SecurityFilterChain opaque(HttpSecurity http, Environment environment) throws Exception {
    var introspector =
        SpringOpaqueTokenIntrospector.withIntrospectionUri(environment.getRequiredProperty("api.introspection"))
            .clientId("rooms-api")
            .clientSecret(environment.getRequiredProperty("api.secret"))
            .build();
    return http.securityMatcher("/opaque/**")
        .authorizeHttpRequests(requests -> requests.anyRequest().hasAuthority("SCOPE_rooms:read"))
        .oauth2ResourceServer(server -> server.opaqueToken(token -> token.introspector(introspector)))
        .build();
  }

  @Bean
  @Order(2)
  SecurityFilterChain jwt(HttpSecurity http) throws Exception {
    return http.authorizeHttpRequests(
            requests ->
                requests.requestMatchers("/write").hasAuthority("SCOPE_rooms:write").anyRequest().hasAuthority("SCOPE_rooms:read"))
        .oauth2ResourceServer(server -> server.jwt(Customizer.withDefaults()))
        .build();
  }

  /** Left to itself, Spring takes `typ: JWT` alone. RFC 9068 §4: an access token says `at+jwt`, and the API refuses what does not. */
  @Bean
  JwtDecoder decoder(OAuth2ResourceServerProperties properties) {
    var jwt = properties.getJwt();
    var decoder = NimbusJwtDecoder.withIssuerLocation(jwt.getIssuerUri()).build();
    decoder.setJwtValidator(
        JwtValidators.createDefaultWithValidators(
            new JwtTypeValidator("at+jwt"),
            new JwtIssuerValidator(jwt.getIssuerUri()),
            new JwtAudienceValidator(jwt.getAudiences().get(0))));
    return decoder;
  }

  @GetMapping({"/rooms", "/opaque/rooms", "/write"})
  Map<String, Object> rooms(Authentication who) {
    return Map.of("name", who.getName(), "authorities", who.getAuthorities().toString());
  }
}
