//! The crate `jsonwebtoken`, at an API that believes our access tokens.
use crate::{http, secret, told};
use jsonwebtoken::jwk::JwkSet;
use jsonwebtoken::{Algorithm, DecodingKey, Validation, decode, decode_header};
use serde_json::Value;

fn read(address: &str) -> Value {
    http().get(address).send().unwrap().json().unwrap()
}

fn verify(token: &str, audience: &str) -> Result<Value, jsonwebtoken::errors::Error> {
    let issuer = told("issuer");
    let metadata = read(&format!("{issuer}/.well-known/oauth-authorization-server"));
    let keys: JwkSet = serde_json::from_value(read(metadata["jwks_uri"].as_str().unwrap())).unwrap();
    let header = decode_header(token)?;
    let key = DecodingKey::from_jwk(keys.find(&header.kid.unwrap()).unwrap())?;
    let mut checks = Validation::new(Algorithm::ES256);
    checks.set_issuer(&[issuer]);
    checks.set_audience(&[audience]);
    Ok(decode::<Value>(token, &key, &checks)?.claims)
}

#[test]
fn jsonwebtoken_verifies_access_tokens() {
    let form = [("grant_type", "client_credentials"), ("scope", "rooms:read")];
    let asked = http().post(format!("{}/token", told("issuer"))).basic_auth("robot", Some(secret("robot"))).form(&form);
    let answer: Value = asked.send().unwrap().json().unwrap();
    let token = answer["access_token"].as_str().unwrap();
    assert_eq!(verify(token, &told("api")).unwrap()["client_id"], "robot");
    assert!(verify(token, "https://other.example/api").is_err());
}
