"""Django, as a site that signs people in: by mozilla-django-oidc 5.0 (OIDC_USE_PKCE, and OIDC_RP_SIGN_ALGO the algorithm of the client's ID
tokens) and by the generic OpenIdConnect backend of social-auth-core 7.0 (SOCIAL_AUTH_OIDC_USE_PKCE)."""
import sys
from types import ModuleType
from urllib.parse import urlsplit

import django
from django.conf import settings
from told import ISSUER, ada, discover, ensure, run, secrets, told

meta = discover()
settings.configure(
    DEBUG=True,
    SECRET_KEY="here alone",
    ALLOWED_HOSTS=["app.example"],
    DATABASES={"default": {"ENGINE": "django.db.backends.sqlite3", "NAME": ":memory:"}},
    DEFAULT_AUTO_FIELD="django.db.models.AutoField",
    INSTALLED_APPS=["django.contrib.contenttypes", "django.contrib.auth", "django.contrib.sessions", "mozilla_django_oidc", "social_django"],
    MIDDLEWARE=["django.contrib.sessions.middleware.SessionMiddleware", "django.contrib.auth.middleware.AuthenticationMiddleware"],
    # In this order: the latter takes every code for its own.
    AUTHENTICATION_BACKENDS=["social_core.backends.open_id_connect.OpenIdConnectAuth", "mozilla_django_oidc.auth.OIDCAuthenticationBackend"],
    ROOT_URLCONF="addresses",
    LOGIN_REDIRECT_URL="/in",
    OIDC_RP_CLIENT_ID="signed",
    OIDC_RP_CLIENT_SECRET=secrets["signed"],
    OIDC_RP_SIGN_ALGO="RS256",
    OIDC_RP_SCOPES="openid email",
    OIDC_USE_PKCE=True,
    OIDC_OP_AUTHORIZATION_ENDPOINT=meta["authorization_endpoint"],
    OIDC_OP_TOKEN_ENDPOINT=meta["token_endpoint"],
    OIDC_OP_USER_ENDPOINT=meta["userinfo_endpoint"],
    OIDC_OP_JWKS_ENDPOINT=meta["jwks_uri"],
    SOCIAL_AUTH_OIDC_OIDC_ENDPOINT=ISSUER,
    SOCIAL_AUTH_OIDC_KEY="app",
    SOCIAL_AUTH_OIDC_SECRET=secrets["app"],
    SOCIAL_AUTH_OIDC_USE_PKCE=True,
)
django.setup()

from django.contrib.auth import get_user_model  # noqa: E402
from django.core.management import call_command  # noqa: E402
from django.test import Client  # noqa: E402
from django.urls import include, path  # noqa: E402

addresses = ModuleType("addresses")
addresses.urlpatterns = [path("oidc/", include("mozilla_django_oidc.urls")), path("", include("social_django.urls", namespace="social"))]
sys.modules["addresses"] = addresses
call_command("migrate", verbosity=0)


def sign_in(start, callback):
    site, here = Client(), {"secure": True, "headers": {"host": "app.example"}}
    back = urlsplit(ada().authorize(start(site, here).headers["Location"]))
    ensure(back.path == callback, back)
    done = site.get(f"{back.path}?{back.query}", **here)
    ensure(done.status_code == 302 and done.headers["Location"].endswith("/in"), (done.status_code, done.headers))
    people = get_user_model().objects.all()
    ensure([person.email for person in people] == [told["email"]], people)
    people.delete()


def mozilla():
    """mozilla-django-oidc, with PKCE"""
    sign_in(lambda site, here: site.get("/oidc/authenticate/", **here), "/oidc/callback/")


def social():
    """social-auth-app-django with the OpenIdConnect backend, with PKCE"""
    sign_in(lambda site, here: site.post("/login/oidc/", **here), "/complete/oidc/")


run(mozilla, social)
