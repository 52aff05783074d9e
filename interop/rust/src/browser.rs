//! A person without scripts: keeps cookies, follows redirects, signs in and agrees by the ids of the controls.
use crate::told;
use reqwest::Url;
use reqwest::blocking::{Client, Response};
use std::collections::HashMap;

pub struct Browser(Client);

type Control = HashMap<String, String>;

impl Browser {
    pub fn new() -> Self {
        let stay = reqwest::redirect::Policy::none();
        Self(Client::builder().cookie_store(true).redirect(stay).build().unwrap())
    }

    /// Where the server sends the person after sign-in and consent; none where the last page is one of its own.
    pub fn visit(&self, address: Url) -> Option<Url> {
        let home = address.origin();
        let mut answer = self.0.get(address).send().unwrap();
        for _ in 0..20 {
            let here = answer.url().clone();
            if let Some(location) = answer.headers().get("location") {
                let next = here.join(location.to_str().unwrap()).unwrap();
                if next.origin() != home {
                    return Some(next);
                }
                answer = self.0.get(next).send().unwrap();
                continue;
            }
            match self.answer(&here, &answer.text().unwrap()) {
                Some(next) => answer = next,
                None => return None,
            }
        }
        panic!("no end");
    }

    /// The answer to the authorization request: `code`, `state`, or `error`.
    pub fn authorize(&self, address: Url) -> HashMap<String, String> {
        let back = self.visit(address).expect("stuck at a page of the server");
        back.query_pairs().into_owned().collect()
    }

    fn answer(&self, here: &Url, html: &str) -> Option<Response> {
        let buttons = ["signin", "continue", "allow", "go-on"];
        let (button, form) = buttons.iter().find_map(|id| Some((*id, find_form(html, id)?)))?;
        let (action, controls) = form;
        let typed = HashMap::from([("email", told("email")), ("password", told("password"))]);
        let mut body = Vec::new();
        for control in controls {
            let of = |name: &str| control.get(name).map_or("", String::as_str);
            let is_sent = of("type") != "submit" || of("id") == button;
            let is_ticked = of("type") != "checkbox" || control.contains_key("checked");
            if !of("name").is_empty() && is_sent && is_ticked {
                let value = typed.get(of("id")).map_or(of("value"), String::as_str);
                body.push((of("name").to_owned(), value.to_owned()));
            }
        }
        let request = self.0.post(here.join(&action).unwrap()).form(&body);
        let headed = request.header("Origin", here.origin().ascii_serialization());
        Some(headed.header("Sec-Fetch-Site", "same-origin").send().unwrap())
    }
}

/// The action of the form that holds the button, and its controls.
fn find_form(html: &str, button: &str) -> Option<(String, Vec<Control>)> {
    html.split("<form").skip(1).find_map(|part| {
        let form = part.split("</form>").next()?;
        let (tag, inside) = form.split_once('>')?;
        let controls: Vec<Control> = inside.split('<').filter_map(read_control).collect();
        let holds = controls.iter().any(|one| one.get("id").is_some_and(|id| id == button));
        holds.then(|| (read_attributes(tag).remove("action").unwrap_or_default(), controls))
    })
}

fn read_control(text: &str) -> Option<Control> {
    let tag = text.split('>').next()?;
    let (name, rest) = tag.split_once(char::is_whitespace)?;
    let mut found = read_attributes(rest);
    match name {
        "input" => Some(found),
        "button" => {
            found.entry("type".to_owned()).or_insert_with(|| "submit".to_owned());
            Some(found)
        }
        _ => None,
    }
}

fn read_attributes(tag: &str) -> Control {
    let mut found = Control::new();
    let mut rest = tag.trim();
    while !rest.is_empty() {
        let end = rest.find(|c: char| c == '=' || c.is_whitespace()).unwrap_or(rest.len());
        let name = rest[..end].to_owned();
        rest = &rest[end..];
        let mut value = String::new();
        if let Some(quoted) = rest.strip_prefix("=\"") {
            let (inside, after) = quoted.split_once('"').unwrap_or((quoted, ""));
            value = decode(inside);
            rest = after;
        } else if let Some(bare) = rest.strip_prefix('=') {
            let end = bare.find(char::is_whitespace).unwrap_or(bare.len());
            value = decode(&bare[..end]);
            rest = &bare[end..];
        }
        found.insert(name, value);
        rest = rest.trim_start();
    }
    found
}

fn decode(text: &str) -> String {
    let named = [("&lt;", "<"), ("&gt;", ">"), ("&quot;", "\""), ("&#39;", "'"), ("&amp;", "&")];
    named.iter().fold(text.to_owned(), |so_far, (from, to)| so_far.replace(from, to))
}
