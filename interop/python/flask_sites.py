"""Flask, as a site that signs people in: by Authlib's own integration, and by flask-oidc 2.4. That has no setting for PKCE; it keeps Authlib's
client, whose client_kwargs take it."""
import json
import os
import tempfile
from urllib.parse import urlsplit

import flask
from authlib.integrations.flask_client import OAuth
from flask_oidc import OpenIDConnect
from told import CALLBACK, ISSUER, ada, ensure, run, secrets, told

SCOPE = "openid profile email"


def path_of(address):
    parts = urlsplit(address)
    return f"{parts.path}?{parts.query}"


def authlib():
    """Flask with Authlib"""
    app = flask.Flask("site")
    app.config.update(SECRET_KEY="here alone", TESTING=True)
    oauth = OAuth(app)
    oauth.register(
        "keywright", client_id="app", client_secret=secrets["app"], server_metadata_url=f"{ISSUER}/.well-known/openid-configuration",
        client_kwargs={"scope": SCOPE, "code_challenge_method": "S256"},
    )
    app.add_url_rule("/login", "login", lambda: oauth.keywright.authorize_redirect(CALLBACK))
    app.add_url_rule("/callback", "callback", lambda: dict(oauth.keywright.authorize_access_token()["userinfo"]))
    site = app.test_client()
    answer = site.get(path_of(ada().authorize(site.get("/login").location)))
    ensure(answer.json["iss"] == ISSUER, answer.text)


def flask_oidc():
    """Flask with flask-oidc, and its logout"""
    with tempfile.TemporaryDirectory() as folder:
        named = os.path.join(folder, "client_secrets.json")
        with open(named, "w", encoding="utf-8") as file:
            json.dump({"web": {"client_id": "app", "client_secret": secrets["app"], "issuer": ISSUER, "redirect_uris": [CALLBACK]}}, file)
        app = flask.Flask("site")
        app.config.update(
            SECRET_KEY="here alone", TESTING=True, OIDC_CLIENT_SECRETS=named, OIDC_SCOPES=SCOPE,
            OIDC_CALLBACK_ROUTE="/callback", OIDC_OVERWRITE_REDIRECT_URI=CALLBACK,
        )
        oidc = OpenIDConnect(app)
    oidc.oauth.oidc.client_kwargs["code_challenge_method"] = "S256"
    app.add_url_rule("/", "start", oidc.require_login(lambda: dict(flask.session["oidc_auth_profile"])))
    site = app.test_client()
    login = site.get("/").location
    site.get(path_of(ada().authorize(site.get(login).location)), follow_redirects=True)
    ensure(site.get("/").json["email"] == told["email"])


run(authlib, flask_oidc)
