//! The crate `openidconnect`: the issuer is all that is known.
use crate::{browser::Browser, callback, http, secret, told};
use openidconnect::core::{
    CoreAuthenticationFlow, CoreClient, CoreClientRegistrationRequest, CoreGrantType, CoreProviderMetadata,
    CoreUserInfoClaims,
};
use openidconnect::registration::EmptyAdditionalClientMetadata;
use openidconnect::{
    AccessTokenHash, AuthorizationCode, ClientId, ClientName, ClientSecret, CsrfToken, IssuerUrl, Nonce,
    OAuth2TokenResponse, PkceCodeChallenge, RedirectUrl, Scope, TokenResponse, UserInfoResponseType,
};

fn find() -> CoreProviderMetadata {
    CoreProviderMetadata::discover(&IssuerUrl::new(told("issuer")).unwrap(), &http()).unwrap()
}

/// The example of its documentation, from the first line to the last; then a refresh, whose ID token has no nonce.
fn sign_in(id: &str, secret: Option<String>, userinfo: UserInfoResponseType) {
    let client = CoreClient::from_provider_metadata(
        find(),
        ClientId::new(id.to_owned()),
        secret.map(ClientSecret::new),
    )
    .set_redirect_uri(RedirectUrl::new(callback()).unwrap());
    let (challenge, verifier) = PkceCodeChallenge::new_random_sha256();
    let (address, state, nonce) = client
        .authorize_url(CoreAuthenticationFlow::AuthorizationCode, CsrfToken::new_random, Nonce::new_random)
        .add_scope(Scope::new("email".to_owned()))
        .add_scope(Scope::new("offline_access".to_owned()))
        .set_pkce_challenge(challenge)
        .url();
    let back = Browser::new().authorize(address);
    assert_eq!(&back["state"], state.secret());
    let token = client
        .exchange_code(AuthorizationCode::new(back["code"].clone()))
        .unwrap()
        .set_pkce_verifier(verifier)
        .request(&http())
        .unwrap();
    let checks = client.id_token_verifier();
    let id_token = token.id_token().unwrap();
    let claims = id_token.claims(&checks, &nonce).unwrap();
    let (algorithm, key) = (id_token.signing_alg().unwrap(), id_token.signing_key(&checks).unwrap());
    let hash = AccessTokenHash::from_token(token.access_token(), algorithm, key).unwrap();
    assert_eq!(claims.access_token_hash(), Some(&hash));
    let subject = claims.subject().clone();
    let person: CoreUserInfoClaims = client
        .user_info(token.access_token().clone(), Some(subject.clone()))
        .unwrap()
        .set_response_type(userinfo)
        .request(&http())
        .unwrap();
    assert_eq!(person.email().unwrap().as_str(), told("email"));
    let next = client.exchange_refresh_token(token.refresh_token().unwrap()).unwrap().request(&http()).unwrap();
    let again = next.id_token().unwrap().claims(&checks, |_: Option<&Nonce>| Ok(())).unwrap();
    assert_eq!(again.subject(), &subject);
}

#[test]
fn openidconnect_discovery_code_pkce_userinfo_refresh() {
    sign_in("web", Some(secret("web")), UserInfoResponseType::Json);
}

#[test]
fn openidconnect_signed_userinfo_and_es256() {
    sign_in("web-signed", Some(secret("web-signed")), UserInfoResponseType::Jwt);
}

#[test]
fn openidconnect_registers_itself() {
    let address = find().registration_endpoint().unwrap().clone();
    let redirect = RedirectUrl::new(callback()).unwrap();
    let registered = CoreClientRegistrationRequest::new(vec![redirect], EmptyAdditionalClientMetadata {})
        .set_client_name(Some([(None, ClientName::new("A crate".to_owned()))].into_iter().collect()))
        .set_grant_types(Some(vec![CoreGrantType::AuthorizationCode, CoreGrantType::RefreshToken]))
        .register(&address, &http())
        .unwrap();
    let secret = registered.client_secret().map(|one| one.secret().clone());
    sign_in(registered.client_id().as_str(), secret, UserInfoResponseType::Json);
}
