"""pyoidc (oic 1.7), a relying party that knows nothing but the issuer: discovery, dynamic registration, every response type, signed requests.
Two things to know: `base_url` must be set, or it registers request_uris that are no addresses; and PKCE is half there: `add_code_challenge`
makes the two values, and whoever calls it sends the one and the other. Without, only profile: oidc-certification answers it."""
from urllib.parse import urlsplit

from oic import rndstr
from oic.oic import Client
from oic.oic.message import AuthorizationResponse, Claims, ClaimsRequest
from oic.utils.authn.client import CLIENT_AUTHN_METHOD
from oic.utils.keyio import build_keyjar
from told import BENCH, CALLBACK, ISSUER, ada, ensure, run, told

FAREWELL = "https://app.example/signed-out"


def newcomer(issuer=BENCH, has_key=False, **said):
    client = Client(client_authn_method=CLIENT_AUTHN_METHOD, config={"code_challenge": {"length": 64, "method": "S256"}})
    client.base_url = "https://app.example/"
    if has_key:
        client.keyjar = build_keyjar([{"type": "RSA", "key": "", "use": ["sig"]}])[1]
        said["jwks"] = client.keyjar.export_jwks()
    client.provider_config(issuer)
    said = {"redirect_uris": [CALLBACK], "client_name": "pyoidc", **said}
    client.registered = client.register(client.provider_info["registration_endpoint"], **said)
    return client


def ask(client, response_type="code", scope=("openid", "email"), browser=None, extra=None, **more):
    state, nonce = rndstr(), rndstr()
    request = client.construct_AuthorizationRequest(
        request_args={
            "client_id": client.client_id, "response_type": response_type.split(), "scope": list(scope),
            "nonce": nonce, "redirect_uri": CALLBACK, "state": state, **more,
        },
        **(extra or {}),
    )
    back = urlsplit((browser or ada(client.provider_info["issuer"])).authorize(request.request(client.authorization_endpoint)))
    answer = client.parse_response(AuthorizationResponse, info=back.query or back.fragment, sformat="urlencoded", state=state, nonce=nonce)
    ensure(isinstance(answer, AuthorizationResponse), answer)
    return answer, state


def redeem(client, answer, state, method=None, **asked):
    more = {} if method is None else {"authn_method": method}
    token = client.do_access_token_request(state=state, request_args={"code": answer["code"], **asked}, **more)
    ensure("access_token" in token, token)
    return token


def signed_in(client, **more):
    answer, state = ask(client, **more)
    redeem(client, answer, state)
    ensure(client.do_user_info_request(state=state)["email"] == told["email"])


def dynamic():
    """discovery, dynamic registration, code, userinfo; its registration read back"""
    client = newcomer()
    signed_in(client)
    registered = client.registered
    read = client.registration_read(registered["registration_client_uri"], registered["registration_access_token"])
    ensure(read["client_id"] == client.client_id)


def default_profile():
    """the same where PKCE is demanded and nobody has checked the newcomer (profile: default)"""
    client = newcomer(ISSUER)
    challenge, verifier = client.add_code_challenge()
    answer, state = ask(client, **challenge)
    redeem(client, answer, state, code_verifier=verifier)
    ensure(client.do_user_info_request(state=state)["email"] == told["email"])


def front_channel():
    """implicit: id_token, id_token token"""
    for response_type in ("id_token", "id_token token"):
        client = newcomer(response_types=[response_type], grant_types=["implicit"])
        answer, state = ask(client, response_type)
        ensure(answer["id_token"]["iss"] == BENCH)
        if "token" in response_type.split():
            ensure(client.do_user_info_request(token=answer["access_token"], state=state)["email"] == told["email"])


def hybrid():
    """hybrid: code id_token, code token, code id_token token"""
    for response_type in ("code id_token", "code token", "code id_token token"):
        signed_in(newcomer(response_types=[response_type], grant_types=["authorization_code", "implicit"]), response_type=response_type)


def signed_userinfo():
    """userinfo as a signed JWT"""
    signed_in(newcomer(userinfo_signed_response_alg="RS256"))


def methods():
    """private_key_jwt, client_secret_jwt, client_secret_post"""
    for method in ("private_key_jwt", "client_secret_jwt", "client_secret_post"):
        client = newcomer(has_key=method == "private_key_jwt", token_endpoint_auth_method=method)
        answer, state = ask(client)
        redeem(client, answer, state, method)


def request_object():
    """a signed request object, which has neither iss nor aud"""
    client = newcomer(has_key=True, request_object_signing_alg="RS256")
    signed_in(client, extra={"request_param": "request", "request_object_signing_alg": "RS256"})


def claims():
    """the parameter claims"""
    client = newcomer()
    wanted = ClaimsRequest(id_token=Claims(email={"essential": True}), userinfo=Claims(name=None))
    answer, state = ask(client, scope=["openid"], claims=wanted)
    ensure(redeem(client, answer, state)["id_token"]["email"] == told["email"])
    ensure(client.do_user_info_request(state=state)["name"])


def refresh():
    """refresh"""
    client = newcomer(grant_types=["authorization_code", "refresh_token"])
    answer, state = ask(client, scope=["openid", "offline_access"], prompt="consent")
    redeem(client, answer, state)
    ensure(client.do_access_token_refresh(state=state)["access_token"])


def logout():
    """RP-initiated logout"""
    client = newcomer(post_logout_redirect_uris=[FAREWELL])
    browser = ada(BENCH)
    answer, state = ask(client, browser=browser)
    redeem(client, answer, state)
    request = client.construct_EndSessionRequest(state=state, request_args={"post_logout_redirect_uri": FAREWELL})
    ensure(browser.visit(request.request(client.provider_info["end_session_endpoint"])) == FAREWELL)


run(dynamic, default_profile, front_channel, hybrid, signed_userinfo, methods, request_object, claims, refresh, logout)
