//! Drives a running Keywright by Rust crates that nobody here wrote. interop/rust.test.ts starts the server and says, in the file that
//! KEYWRIGHT_INTEROP names, what an operator would hand to the developers of these applications.
#![cfg(test)]

mod access_tokens;
mod browser;
mod oauth2_flows;
mod openid;

use reqwest::blocking::Client;
use serde_json::Value;

/// What the file says there: `issuer`, or `secrets/web`.
fn told(name: &str) -> String {
    let file = std::env::var("KEYWRIGHT_INTEROP").expect("KEYWRIGHT_INTEROP");
    let facts: Value = serde_json::from_slice(&std::fs::read(file).unwrap()).unwrap();
    let found = facts.pointer(&format!("/{name}"));
    found.and_then(Value::as_str).unwrap_or_else(|| panic!("no {name}")).to_owned()
}

fn secret(client: &str) -> String {
    told(&format!("secrets/{client}"))
}

fn callback() -> String {
    format!("{}/callback", told("site"))
}

/// As the documentation of both crates has it: one that follows no redirects.
fn http() -> Client {
    Client::builder().redirect(reqwest::redirect::Policy::none()).build().unwrap()
}
