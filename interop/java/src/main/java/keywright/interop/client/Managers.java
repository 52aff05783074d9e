package keywright.interop.client;

import java.time.Duration;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.security.oauth2.client.*;
import org.springframework.security.oauth2.client.endpoint.RestClientRefreshTokenTokenResponseClient;
import org.springframework.security.oauth2.client.endpoint.RestClientClientCredentialsTokenResponseClient;
import org.springframework.security.oauth2.client.registration.ClientRegistrationRepository;
import org.springframework.security.oauth2.client.web.DefaultOAuth2AuthorizedClientManager;
import org.springframework.security.oauth2.client.web.OAuth2AuthorizedClientRepository;

/** How this application gets tokens for itself and for whoever called it. */
@Configuration
class Managers {
  @Bean
  OAuth2AuthorizedClientManager manager(
      ClientRegistrationRepository registrations,
      OAuth2AuthorizedClientRepository clients,
      RestClientRefreshTokenTokenResponseClient refresh,
      RestClientClientCredentialsTokenResponseClient service) {
    var exchange = new TokenExchangeOAuth2AuthorizedClientProvider();
    exchange.setSubjectTokenResolver(context -> context.getAttribute("subject_token"));
    var assertion = new JwtBearerOAuth2AuthorizedClientProvider();
    assertion.setJwtAssertionResolver(context -> context.getAttribute("assertion"));
    var manager = new DefaultOAuth2AuthorizedClientManager(registrations, clients);
    manager.setAuthorizedClientProvider(
        OAuth2AuthorizedClientProviderBuilder.builder()
            .authorizationCode()
            // A token that ends within an hour is old: each use refreshes it.
            .refreshToken(it -> it.clockSkew(Duration.ofHours(1)).accessTokenResponseClient(refresh))
            .clientCredentials(it -> it.accessTokenResponseClient(service))
            .provider(exchange)
            .provider(assertion)
            .build());
    manager.setContextAttributesMapper(OAuth2AuthorizeRequest::getAttributes);
    return manager;
  }
}
