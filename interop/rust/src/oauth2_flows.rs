//! The crate `oauth2`, which knows nothing but addresses.
use crate::{browser::Browser, callback, http, secret, told};
use oauth2::basic::{BasicClient, BasicErrorResponseType, BasicTokenResponse};
use oauth2::{
    AuthType, AuthUrl, AuthorizationCode, ClientId, ClientSecret, CsrfToken, DeviceAuthorizationUrl,
    EndpointSet, HttpClientError, HttpRequest, HttpResponse, IntrospectionUrl, PkceCodeChallenge, RedirectUrl, RequestTokenError,
    ResourceOwnerPassword, ResourceOwnerUsername, RevocationUrl, Scope,
    StandardDeviceAuthorizationResponse, StandardRevocableToken, SyncHttpClient, TokenIntrospectionResponse,
    TokenResponse, TokenUrl,
};

type Application =
    BasicClient<EndpointSet, EndpointSet, EndpointSet, EndpointSet, EndpointSet>;

/// A client that knows every endpoint.
fn application(id: &str) -> Application {
    let at = |path: &str| format!("{}{path}", told("issuer"));
    let known = BasicClient::new(ClientId::new(id.to_owned()))
        .set_auth_uri(AuthUrl::new(at("/authorize")).unwrap())
        .set_token_uri(TokenUrl::new(at("/token")).unwrap())
        .set_device_authorization_url(DeviceAuthorizationUrl::new(at("/device_authorization")).unwrap())
        .set_introspection_url(IntrospectionUrl::new(at("/introspect")).unwrap())
        // The crate takes only https here (RFC 7009 §2), on this machine too: `without_tls` leads it back.
        .set_revocation_url(RevocationUrl::new(at("/revoke").replace("http:", "https:")).unwrap())
        .set_redirect_uri(RedirectUrl::new(callback()).unwrap());
    if id == "screen" { known } else { known.set_client_secret(ClientSecret::new(secret(id))) }
}

fn without_tls(mut request: HttpRequest) -> Result<HttpResponse, HttpClientError<oauth2::reqwest::Error>> {
    *request.uri_mut() = request.uri().to_string().replace("https:", "http:").parse().unwrap();
    http().call(request)
}

fn connect(application: &Application) -> BasicTokenResponse {
    let (challenge, verifier) = PkceCodeChallenge::new_random_sha256();
    let (address, state) = application
        .authorize_url(CsrfToken::new_random)
        .add_scope(Scope::new("rooms:read".to_owned()))
        .add_scope(Scope::new("offline_access".to_owned()))
        .set_pkce_challenge(challenge)
        .url();
    let back = Browser::new().authorize(address);
    assert_eq!(&back["state"], state.secret());
    let code = AuthorizationCode::new(back["code"].clone());
    application.exchange_code(code).set_pkce_verifier(verifier).request(&http()).unwrap()
}

#[test]
fn oauth2_code_and_pkce() {
    let token = connect(&application("web"));
    assert!(token.refresh_token().is_some() && token.expires_in().is_some());
}

#[test]
fn oauth2_secret_in_the_body() {
    connect(&application("web-post").set_auth_type(AuthType::RequestBody));
}

#[test]
fn oauth2_refresh() {
    let application = application("web");
    let first = connect(&application);
    let second = application.exchange_refresh_token(first.refresh_token().unwrap()).request(&http()).unwrap();
    assert_ne!(second.refresh_token().unwrap().secret(), first.refresh_token().unwrap().secret());
}

#[test]
fn oauth2_client_credentials() {
    let request = application("robot");
    let scope = Scope::new("rooms:read".to_owned());
    let token = request.exchange_client_credentials().add_scope(scope.clone()).request(&http()).unwrap();
    assert_eq!(token.scopes(), Some(&vec![scope]));
}

#[test]
fn oauth2_password() {
    let ask = |password: String| {
        let name = ResourceOwnerUsername::new(told("email"));
        let password = ResourceOwnerPassword::new(password);
        let house = application("house");
        house.exchange_password(&name, &password).add_scope(Scope::new("rooms:read".to_owned())).request(&http())
    };
    assert!(ask(told("password")).is_ok());
    match ask("another one".to_owned()) {
        Err(RequestTokenError::ServerResponse(said)) => assert_eq!(said.error(), &BasicErrorResponseType::InvalidGrant),
        other => panic!("{other:?}"),
    }
}

#[test]
fn oauth2_device() {
    let screen = application("screen");
    let asked: StandardDeviceAuthorizationResponse =
        screen.exchange_device_code().add_scope(Scope::new("rooms:read".to_owned())).request(&http()).unwrap();
    let address = asked.verification_uri_complete().unwrap().secret().parse().unwrap();
    assert!(Browser::new().visit(address).is_none());
    screen.exchange_device_access_token(&asked).request(&http(), std::thread::sleep, None).unwrap();
}

#[test]
fn oauth2_introspection() {
    let token = connect(&application("web"));
    let said = application("rooms-api").introspect(token.access_token()).request(&http()).unwrap();
    assert!(said.active());
    assert!(said.scopes().unwrap().iter().any(|scope| scope.as_str() == "rooms:read"));
}

#[test]
fn oauth2_revocation() {
    let application = application("web");
    let token = connect(&application);
    let refresh = token.refresh_token().unwrap();
    let revocable = StandardRevocableToken::from(refresh.clone());
    application.revoke_token(revocable).unwrap().request(&without_tls).unwrap();
    match application.exchange_refresh_token(refresh).request(&http()) {
        Err(RequestTokenError::ServerResponse(said)) => assert_eq!(said.error(), &BasicErrorResponseType::InvalidGrant),
        other => panic!("{other:?}"),
    }
}
