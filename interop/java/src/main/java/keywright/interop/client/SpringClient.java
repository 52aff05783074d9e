package keywright.interop.client;

import com.nimbusds.jose.jwk.JWK;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import org.springframework.boot.SpringApplication;
import org.springframework.boot.autoconfigure.SpringBootApplication;
import org.springframework.context.annotation.Bean;
import org.springframework.core.env.Environment;
import org.springframework.security.config.Customizer;
import org.springframework.security.config.annotation.web.builders.HttpSecurity;
import org.springframework.security.oauth2.client.endpoint.*;
import org.springframework.security.oauth2.client.oidc.web.logout.OidcClientInitiatedLogoutSuccessHandler;
import org.springframework.security.oauth2.client.registration.ClientRegistration;
import org.springframework.security.oauth2.client.registration.ClientRegistrationRepository;
import org.springframework.security.web.SecurityFilterChain;
import org.springframework.util.LinkedMultiValueMap;

/** A web application as Spring Boot's documentation has it: the provider by its issuer alone, everything else by application properties. */
@SpringBootApplication
public class SpringClient {
  public static void main(String[] args) {
    SpringApplication.run(SpringClient.class, args);
  }

  @Bean
  SecurityFilterChain security(HttpSecurity http, ClientRegistrationRepository registrations) throws Exception {
    var signedOut = new OidcClientInitiatedLogoutSuccessHandler(registrations);
    signedOut.setPostLogoutRedirectUri("{baseUrl}/open");
    return http.authorizeHttpRequests(
            requests -> requests.requestMatchers("/open", "/service/**").permitAll().anyRequest().authenticated())
        .oauth2Login(Customizer.withDefaults())
        .oauth2Client(Customizer.withDefaults())
        .oidcLogout(logout -> logout.backChannel(Customizer.withDefaults()))
        .logout(logout -> logout.logoutSuccessHandler(signedOut))
        .build();
  }

  private static Function<ClientRegistration, JWK> keyOf(Environment environment) {
    return registration -> {
      try {
        return JWK.parse(environment.getRequiredProperty("client.key"));
      } catch (java.text.ParseException fault) {
        throw new IllegalStateException(fault);
      }
    };
  }

  /** private_key_jwt, where the registration says so: Spring asks for the converter in each kind of client. */
  @Bean
  RestClientAuthorizationCodeTokenResponseClient codeClient(Environment environment) {
    var client = new RestClientAuthorizationCodeTokenResponseClient();
    client.addParametersConverter(new NimbusJwtClientAuthenticationParametersConverter<>(keyOf(environment)));
    return client;
  }

  @Bean
  RestClientRefreshTokenTokenResponseClient refreshClient(Environment environment) {
    var client = new RestClientRefreshTokenTokenResponseClient();
    client.addParametersConverter(new NimbusJwtClientAuthenticationParametersConverter<>(keyOf(environment)));
    return client;
  }

  /** RFC 8707: which API the service's token is for. */
  @Bean
  RestClientClientCredentialsTokenResponseClient serviceClient(Environment environment) {
    var client = new RestClientClientCredentialsTokenResponseClient();
    client.addParametersConverter(
        request ->
            new LinkedMultiValueMap<>(
                Map.of("resource", List.of(environment.getRequiredProperty("client.api")))));
    return client;
  }
}
