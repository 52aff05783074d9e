"""idpyoidc 5.0, the successor of pyoidc, as RPHandler with PKCE. Register it by hand: the `scope` that a registration answers with (RFC 7591
§3.2.1) it compares as one word with each of its own, and gives up. Its DPoP proofs have `ath` in hex where RFC 9449 §4.2 has base64url, so
no resource takes them."""
from urllib.parse import parse_qsl, urlsplit

from cryptojwt.key_jar import KeyJar
from idpyoidc.client.defaults import DEFAULT_OIDC_SERVICES
from idpyoidc.client.rp_handler import RPHandler
from joserfc.jwk import RSAKey
from told import CALLBACK, ISSUER, ada, ensure, keys, run, secrets, told

PKCE = {
    "function": "idpyoidc.client.oauth2.add_on.pkce.add_support",
    "kwargs": {"code_challenge_length": 64, "code_challenge_method": "S256"},
}
FAREWELL = "https://app.example/signed-out"


def handler(keyjar=None, **more):
    return RPHandler(
        "https://app.example/",
        keyjar=keyjar,
        client_configs={
            "keywright": {
                "issuer": ISSUER,
                "client_type": "oidc",
                "client_id": "app",
                "client_secret": secrets["app"],
                "client_authn_methods": ["client_secret_basic"],
                "redirect_uris": [CALLBACK],
                "preference": {"scopes_supported": ["openid", "email", "offline_access"], "response_types_supported": ["code"]},
                "services": {**DEFAULT_OIDC_SERVICES, "end_session": {"class": "idpyoidc.client.oidc.end_session.EndSession"}},
                "add_ons": {"pkce": PKCE},
                **more,
            }
        },
    )


def sign_in(rp, browser=None):
    begun = rp.begin("keywright")
    address = begun if isinstance(begun, str) else begun["url"]
    back = dict(parse_qsl(urlsplit((browser or ada()).authorize(address)).query))
    done = rp.finalize(ISSUER, back)
    ensure("error" not in done, done)
    return done


def code():
    """discovery, code with PKCE, ID token, userinfo"""
    done = sign_in(handler())
    ensure(done["userinfo"]["email"] == told["email"] and done["id_token"]["iss"] == ISSUER, done)


def keyed():
    """private_key_jwt, and a signed request object (JAR)"""
    key = RSAKey.import_key(keys["rsa"]).as_dict(private=True, use="sig")
    keyjar = KeyJar()
    for owner in ("", "signer"):
        keyjar.import_jwks({"keys": [key]}, owner)
    more = {"request_type": "request_parameter", "request_object_signing_alg": "RS256", "expires_in": 300}
    jar = {"function": "idpyoidc.client.oauth2.add_on.jar.add_support", "kwargs": more}
    rp = handler(
        keyjar, client_id="signer", client_authn_methods=["private_key_jwt"], token_endpoint_auth_method="private_key_jwt",
        preference={
            "scopes_supported": ["openid", "email"], "response_types_supported": ["code"],
            "token_endpoint_auth_methods_supported": ["private_key_jwt"], "token_endpoint_auth_signing_alg_values_supported": ["RS256"],
        },
        add_ons={"pkce": PKCE, "jar": jar},
    )
    ensure(sign_in(rp)["userinfo"]["email"] == told["email"])


def refresh():
    """refresh"""
    rp = handler()
    state = sign_in(rp)["state"]
    ensure(rp.refresh_access_token(state)["access_token"])


def logout():
    """RP-initiated logout"""
    rp, browser = handler(), ada()
    state = sign_in(rp, browser)["state"]
    asked = rp.logout(state, post_logout_redirect_uri=FAREWELL)
    at = browser.visit(asked["url"])
    ensure(isinstance(at, str) and at.startswith(FAREWELL), at)


run(code, keyed, refresh, logout)
