"""An API that judges our access tokens (RFC 9068) by PyJWT, python-jose, joserfc and Authlib, alone and as its Flask resource protector, by the
published keys and by introspection. Name the algorithm, the issuer and the API in each: none of them asks for all three by itself."""
import flask
import jwt as pyjwt
import requests
from authlib.integrations.flask_oauth2 import ResourceProtector, current_token
from authlib.oauth2.rfc7662 import IntrospectTokenValidator
from authlib.oauth2.rfc9068 import JWTBearerTokenValidator
from jose import jwt as jose
from joserfc import jwt as joserfc
from joserfc.jwk import KeySet
from told import API, ISSUER, discover, ensure, run, secrets

meta = discover()
jwks = requests.get(meta["jwks_uri"]).json()


def get_token():
    asked = {"grant_type": "client_credentials", "scope": "rooms:read"}
    return requests.post(meta["token_endpoint"], auth=("sync", secrets["sync"]), data=asked).json()["access_token"]


def by_pyjwt():
    """PyJWT with PyJWKClient"""
    token = get_token()
    key = pyjwt.PyJWKClient(meta["jwks_uri"]).get_signing_key_from_jwt(token)
    ensure(pyjwt.decode(token, key, algorithms=["ES256"], audience=API, issuer=ISSUER)["client_id"] == "sync")
    try:
        pyjwt.decode(token, key, algorithms=["ES256"], audience="https://other.example", issuer=ISSUER)
    except pyjwt.InvalidAudienceError:
        return
    raise AssertionError("it takes a token of another API")


def by_jose():
    """python-jose"""
    ensure(jose.decode(get_token(), jwks, algorithms=["ES256"], audience=API, issuer=ISSUER)["scope"] == "rooms:read")


def by_joserfc():
    """joserfc"""
    token = joserfc.decode(get_token(), KeySet.import_key_set(jwks), algorithms=["ES256"])
    joserfc.JWTClaimsRegistry(iss={"essential": True, "value": ISSUER}, aud={"essential": True, "value": API}).validate(token.claims)
    ensure(token.header["typ"] == "at+jwt")


class ByKeys(JWTBearerTokenValidator):
    def get_jwks(self):
        return KeySet.import_key_set(jwks)


class ByAsking(IntrospectTokenValidator):
    def introspect_token(self, token):
        asked = {"token": token, "token_type_hint": "access_token"}
        return requests.post(meta["introspection_endpoint"], data=asked, auth=("rooms-api", secrets["rooms-api"])).json()


def protect(validator):
    api, protector = flask.Flask("api"), ResourceProtector()
    protector.register_token_validator(validator)
    api.add_url_rule("/rooms", "read", protector("rooms:read")(lambda: {"client": current_token["client_id"]}))
    api.add_url_rule("/change", "write", protector("rooms:write")(lambda: {}))
    token = get_token()
    asked = [("/rooms", token), ("/change", token), ("/rooms", token[:-8] + "AAAAAAAA"), ("/rooms", None)]
    answers = [api.test_client().get(at, headers={} if one is None else {"Authorization": f"Bearer {one}"}) for at, one in asked]
    ensure([one.status_code for one in answers] == [200, 403, 401, 401], answers)


def by_authlib_keys():
    """Authlib's resource protector for RFC 9068"""
    protect(ByKeys(issuer=ISSUER, resource_server=API))


def by_authlib_asking():
    """Authlib's resource protector by introspection (RFC 7662)"""
    protect(ByAsking())


run(by_pyjwt, by_jose, by_joserfc, by_authlib_keys, by_authlib_asking)
