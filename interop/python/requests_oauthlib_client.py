"""requests-oauthlib 2.0 on oauthlib 4.0, and google-auth 2.63 as a generic client of the tokens. PKCE must be asked for (pkce="S256").
The scope of a LegacyApplicationClient is its own argument: that of the session is not sent, and oauthlib then raises because all was given."""
import requests
from browser import Forms
from google.auth.transport.requests import AuthorizedSession, Request
from google.oauth2.credentials import Credentials
from oauthlib.oauth2 import BackendApplicationClient, DeviceClient, LegacyApplicationClient, MobileApplicationClient
from requests_oauthlib import OAuth2Session
from told import CALLBACK, ada, discover, ensure, run, secrets, told

meta = discover()
AUTHORIZE, TOKEN, USERINFO = meta["authorization_endpoint"], meta["token_endpoint"], meta["userinfo_endpoint"]
SCOPE = ["openid", "email", "offline_access", "rooms:read"]


def connect(client_id="app", redirect_uri=CALLBACK, **more):
    session = OAuth2Session(client_id, redirect_uri=redirect_uri, scope=SCOPE, pkce="S256", **more)
    address, _ = session.authorization_url(AUTHORIZE)
    token = session.fetch_token(TOKEN, authorization_response=ada().authorize(address), client_secret=secrets.get(client_id))
    return session, token


def web():
    """web application: code with PKCE, userinfo"""
    session, _ = connect()
    ensure(session.get(USERINFO).json()["email"] == told["email"])


def public():
    """a public client, which it names by Basic with an empty password"""
    session, _ = connect("pocket", "com.example.pocket:/callback")
    ensure(session.refresh_token(TOKEN, client_id="pocket")["access_token"])


def refresh():
    """refresh by itself (auto_refresh_url, token_updater), revocation"""
    saved = []
    more = {"client_id": "app", "client_secret": secrets["app"]}
    session, token = connect(auto_refresh_url=TOKEN, auto_refresh_kwargs=more, token_updater=saved.append)
    session.token = {**token, "expires_in": -30, "expires_at": 1}
    ensure(session.get(USERINFO).status_code == 200 and len(saved) == 1)
    address, headers, body = session._client.prepare_token_revocation_request(meta["revocation_endpoint"], saved[0]["refresh_token"], "refresh_token")
    ensure(requests.post(address, headers=headers, data=body, auth=("app", secrets["app"])).status_code == 200)


def backend():
    """backend application: client credentials"""
    session = OAuth2Session(client=BackendApplicationClient(client_id="sync"))
    ensure(session.fetch_token(TOKEN, client_id="sync", client_secret=secrets["sync"])["access_token"])


def legacy():
    """legacy application: password"""
    session = OAuth2Session(client=LegacyApplicationClient("house", scope=["openid"]))
    who = {"username": told["email"], "password": told["password"], "client_id": "house", "client_secret": secrets["house"]}
    ensure(session.fetch_token(TOKEN, **who)["id_token"])


def mobile():
    """mobile application: implicit"""
    session = OAuth2Session(client=MobileApplicationClient("page"), scope=["rooms:read"], redirect_uri=CALLBACK)
    address, _ = session.authorization_url(AUTHORIZE)
    ensure(session.token_from_fragment(ada().authorize(address))["access_token"])


def device():
    """device client: the person types nothing but their password"""
    asked = requests.post(meta["device_authorization_endpoint"], data={"client_id": "screen", "scope": "openid"}).json()
    browser = ada()
    page = browser.visit(asked["verification_uri_complete"])
    for button in ("signin", "continue", "allow"):
        ensure(Forms(page.text).find(button), page.text)
        page = browser.press(page, button)
    session = OAuth2Session(client=DeviceClient("screen"))
    ensure(session.fetch_token(TOKEN, device_code=asked["device_code"], include_client_id=True)["id_token"])


def google():
    """google-auth: Credentials that refresh by themselves, and keep the refresh token that was rotated"""
    _, token = connect()
    credentials = Credentials(
        "ended", refresh_token=token["refresh_token"], token_uri=TOKEN, client_id="app", client_secret=secrets["app"], scopes=["openid", "email"]
    )
    for _ in range(2):
        credentials.refresh(Request())
    ensure(credentials.refresh_token != token["refresh_token"] and credentials.id_token)
    ensure(AuthorizedSession(credentials).get(USERINFO).json()["email"] == told["email"])


run(web, public, refresh, backend, legacy, mobile, device, google)
