"""Calls an API with a sealed API key (docs/api-keys.md): API=https://api.example API_KEY=kwk_... call.py /buildings/1"""
import base64, hashlib, json, os, secrets, sys, time
from urllib import error, parse, request
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey, X25519PublicKey
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

# Neither the key nor the question whose key to seal for is redirected elsewhere.
web = request.build_opener(type("NoRedirects", (request.HTTPRedirectHandler,), {"redirect_request": lambda *_: None}))
encode = lambda data: base64.urlsafe_b64encode(data).rstrip(b"=").decode()
decode = lambda text: base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))

def find_key(api, origin):  # section 4: the key that the API publishes
    path = parse.urlsplit(api).path.rstrip("/")
    metadata = json.load(web.open(f"{origin}/.well-known/oauth-protected-resource{path}", timeout=10))
    if metadata["resource"] != api or not metadata["jwks_uri"].startswith(origin + "/"): sys.exit("metadata of another API")
    keys, wanted = json.load(web.open(metadata["jwks_uri"], timeout=10))["keys"], ("enc", "ECDH-ES", "X25519")
    return next(key for key in keys if (key.get("use"), key.get("alg"), key.get("crv")) == wanted)

def seal(payload, receiver):  # section 4: ECDH-ES with X25519, A256GCM
    pair = X25519PrivateKey.generate()
    epk = {"kty": "OKP", "crv": "X25519", "x": encode(pair.public_key().public_bytes(Encoding.Raw, PublicFormat.Raw))}
    header = {"alg": "ECDH-ES", "enc": "A256GCM", "typ": "api-key+jwe", "kid": receiver["kid"], "epk": epk}
    head, nonce = encode(json.dumps(header).encode()), secrets.token_bytes(12)
    secret = pair.exchange(X25519PublicKey.from_public_bytes(decode(receiver["x"])))
    key = hashlib.sha256(b"\0\0\0\1" + secret + b"\0\0\0\7A256GCM" + bytes(8) + b"\0\0\1\0").digest()
    sealed = AESGCM(key).encrypt(nonce, json.dumps(payload).encode(), head.encode())
    return f"{head}..{encode(nonce)}.{encode(sealed[:-16])}.{encode(sealed[-16:])}"

api, method = os.environ["API"], os.environ.get("METHOD", "GET")
at = parse.urlsplit(parse.urljoin(api, sys.argv[1]))
origin, htu = f"{at.scheme}://{at.netloc}", f"{at.scheme}://{at.netloc}{at.path}"
if parse.urljoin(api, "/") != origin + "/" or (at.scheme != "https" and at.hostname not in ("127.0.0.1", "localhost")): sys.exit("not the API")
once = {"aud": api, "htm": method, "htu": htu, "iat": int(time.time()), "jti": secrets.token_urlsafe(16)}
sealed = seal({"key": os.environ["API_KEY"], **once}, find_key(api, origin))
try:
    sent = request.Request(at.geturl(), method=method, headers={"Authorization": f"ApiKey {sealed}"})
    print(web.open(sent, timeout=10).read().decode())
except error.HTTPError as refused:
    sys.exit(f"{refused.code} {refused.read().decode()}")
