"""Authlib 1.9: OAuth2Session over requests and AsyncOAuth2Client over httpx. PKCE must be asked for (code_challenge_method="S256"). Look for
`error` in the answer yourself: without a code in it, fetch_token asks for client_credentials, and the refusal of that is what it shows."""
import asyncio
from urllib.parse import parse_qs, urlsplit

import requests
from authlib.common.security import generate_token
from authlib.integrations.httpx_client import AsyncOAuth2Client
from authlib.integrations.requests_client import OAuth2Session
from authlib.oauth2.rfc7523 import ClientSecretJWT, PrivateKeyJWT
from joserfc import jwt
from joserfc.jwk import ECKey, KeySet
from told import API, CALLBACK, ISSUER, ada, discover, ensure, keys, run, secrets, told

meta = discover()
AUTHORIZE, TOKEN, USERINFO = meta["authorization_endpoint"], meta["token_endpoint"], meta["userinfo_endpoint"]
SCOPE = "openid profile email offline_access rooms:read"


def session(client_id, secret=None, cls=OAuth2Session, **more):
    return cls(client_id, secret or secrets.get(client_id), scope=SCOPE, redirect_uri=CALLBACK, code_challenge_method="S256", **more)


def ask(client, **more):
    verifier = generate_token(48)
    address, state = client.create_authorization_url(AUTHORIZE, code_verifier=verifier, **more)
    return {"authorization_response": ada().authorize(address), "code_verifier": verifier, "state": state}


def code():
    """authorization code with PKCE, ID token, userinfo"""
    client = session("app")
    token = client.fetch_token(TOKEN, **ask(client, nonce="n-0S6"))
    claims = jwt.decode(token["id_token"], KeySet.import_key_set(requests.get(meta["jwks_uri"]).json()), algorithms=["RS256"]).claims
    jwt.JWTClaimsRegistry(iss={"essential": True, "value": ISSUER}, aud={"value": "app"}, nonce={"value": "n-0S6"}).validate(claims)
    ensure(client.get(USERINFO).json()["email"] == told["email"])


def methods():
    """client_secret_post, client_secret_jwt and private_key_jwt (an assertion for an hour)"""
    for client_id, secret, method in (
        ("post", None, "client_secret_post"),
        ("hmac", None, ClientSecretJWT(TOKEN)),
        ("signer", keys["rsa"], PrivateKeyJWT(TOKEN)),
        ("signer", ECKey.import_key(keys["ec"]), PrivateKeyJWT(TOKEN, alg="ES256")),
    ):
        client = session(client_id, secret, token_endpoint_auth_method=method)
        ensure(client.fetch_token(TOKEN, **ask(client))["id_token"])


def public():
    """a public client"""
    client = OAuth2Session("pocket", token_endpoint_auth_method="none", scope=SCOPE, redirect_uri="com.example.pocket:/callback", code_challenge_method="S256")
    ensure(client.fetch_token(TOKEN, **ask(client))["refresh_token"])


def refresh():
    """refresh by itself, introspection, revocation"""
    saved = []
    client = session("app", token_endpoint=TOKEN, update_token=lambda token, **_: saved.append(token))
    client.token = {**client.fetch_token(TOKEN, **ask(client)), "expires_at": 1}
    ensure(client.get(USERINFO).status_code == 200 and len(saved) == 1)
    looked = client.introspect_token(meta["introspection_endpoint"], token=client.token["access_token"]).json()
    ensure(looked["active"] and looked["aud"] == API, looked)
    former = client.token["refresh_token"]
    ensure(client.revoke_token(meta["revocation_endpoint"], token=former, token_type_hint="refresh_token").status_code == 200)
    try:
        client.refresh_token(TOKEN, refresh_token=former)
    except Exception as refused:
        ensure("invalid_grant" in str(refused), refused)
    else:
        raise AssertionError("it still refreshes")


def service():
    """client credentials, by secret and by key"""
    ensure(OAuth2Session("sync", secrets["sync"]).fetch_token(TOKEN)["scope"] == "rooms:read rooms:write")
    client = OAuth2Session("sync-key", keys["rsa"], token_endpoint_auth_method=PrivateKeyJWT(TOKEN))
    ensure(client.fetch_token(TOKEN, grant_type="client_credentials")["access_token"])


def legacy():
    """password, implicit"""
    token = OAuth2Session("house", secrets["house"], scope="openid").fetch_token(TOKEN, username=told["email"], password=told["password"])
    ensure(token["id_token"])
    client = OAuth2Session("page", scope="rooms:read", redirect_uri=CALLBACK, token_endpoint_auth_method="none")
    address, _ = client.create_authorization_url(AUTHORIZE, response_type="token")
    ensure(client.fetch_token(authorization_response=ada().authorize(address))["access_token"])


def asynchronous():
    """AsyncOAuth2Client, five requests at once with a token that has ended"""

    async def go():
        async with session("app", cls=AsyncOAuth2Client, token_endpoint=TOKEN) as client:
            client.token = {**await client.fetch_token(TOKEN, **ask(client)), "expires_at": 1}
            answers = await asyncio.gather(*(client.get(USERINFO) for _ in range(5)))
            ensure([one.status_code for one in answers] == [200] * 5)

    asyncio.run(go())


def refused():
    """a newcomer’s mistakes are told what they are: no PKCE, a scope too many, an assertion for another server"""
    def answer(address):
        return {name: values[0] for name, values in parse_qs(urlsplit(ada().authorize(address)).query).items()}

    plain = OAuth2Session("app", secrets["app"], scope="openid", redirect_uri=CALLBACK)
    ensure("code_challenge is required" in answer(plain.create_authorization_url(AUTHORIZE)[0])["error_description"])
    greedy = OAuth2Session("app", secrets["app"], scope="openid rooms:burn", redirect_uri=CALLBACK, code_challenge_method="S256")
    address = greedy.create_authorization_url(AUTHORIZE, code_verifier=generate_token(48))[0]
    ensure("Value 2 of scope" in answer(address)["error_description"])
    lost = OAuth2Session("sync-key", keys["rsa"], token_endpoint_auth_method=PrivateKeyJWT("https://elsewhere.example/token"))
    try:
        lost.fetch_token(TOKEN, grant_type="client_credentials")
    except Exception as told_so:
        ensure("aud must be the issuer or the token endpoint" in str(told_so), told_so)
    else:
        raise AssertionError("it got a token")


run(code, methods, public, refresh, service, legacy, asynchronous, refused)
