"""What the test tells these programs (interop/python/setting.ts), and how they tell it what works: a line for each flow."""
import json
import os
import sys
import traceback

import requests
from browser import Browser

# Both libraries refuse http, but for this word: the servers here are on this machine.
os.environ["OAUTHLIB_INSECURE_TRANSPORT"] = os.environ["AUTHLIB_INSECURE_TRANSPORT"] = "1"

with open(os.environ["KEYWRIGHT_INTEROP"], encoding="utf-8") as file:
    told = json.load(file)

ISSUER, BENCH, CALLBACK, API = told["issuer"], told["bench"], told["callback"], told["api"]
secrets, keys = told["secrets"], told["keys"]


def discover(issuer=ISSUER):
    return requests.get(f"{issuer}/.well-known/openid-configuration", timeout=30).json()


def ada(issuer=ISSUER):
    """A browser in which nobody is signed in yet."""
    return Browser(issuer, told["email"], told["password"])


def ensure(condition, seen=None):
    """As assert, which python -O leaves out."""
    if not condition:
        raise AssertionError(seen)


def run(*flows):
    failed = 0
    for flow in flows:
        try:
            flow()
            print("works:", flow.__doc__)
        except Exception:
            failed += 1
            print("FAILED:", flow.__doc__)
            traceback.print_exc(file=sys.stdout)
    sys.exit(1 if failed else 0)
