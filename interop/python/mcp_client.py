"""The Python SDK of MCP 2.3 and fastmcp 4.2, against examples/mcp-server: from the 401 by the metadata to the authorization server, there by
registering or by the address of its metadata, then code with PKCE, token, tool. Both ask for offline_access by themselves. A provider
that is new made with stored tokens does not know when they end: at 401 it asks the person, where the one that got them refreshes."""
import asyncio
import threading
import webbrowser
from urllib.parse import parse_qs, urlsplit

import httpx2
import requests
from fastmcp import Client as FastClient
from mcp import Client
from mcp.client.auth import OAuthClientProvider
from mcp.client.streamable_http import streamable_http_client
from mcp.shared.auth import AuthorizationCodeResult, OAuthClientMetadata
from told import ada, ensure, run, told

ISSUER, SERVER = told["mcp"]["issuer"], told["mcp"]["server"]


class Agent:
    """Its own token storage, and the person who is asked."""

    def __init__(self, document=None):
        self.tokens = self.client = None
        self.asked = []
        metadata = OAuthClientMetadata(
            client_name="Pia Assistant", redirect_uris=[told["mcp"]["redirect"]],
            grant_types=["authorization_code", "refresh_token"], response_types=["code"],
        )
        self.provider = OAuthClientProvider(
            server_url=SERVER, client_metadata=metadata, storage=self, redirect_handler=self.ask,
            callback_handler=self.answer, client_metadata_url=document,
        )

    async def get_tokens(self):
        return self.tokens

    async def set_tokens(self, tokens):
        self.tokens = tokens

    async def get_client_info(self):
        return self.client

    async def set_client_info(self, client_info):
        self.client = client_info

    async def ask(self, address):
        self.asked.append(parse_qs(urlsplit(address).query)["scope"][0].split())
        self.back = await asyncio.to_thread(ada(ISSUER).authorize, address)

    async def answer(self):
        words = {name: values[0] for name, values in parse_qs(urlsplit(self.back).query).items()}
        return AuthorizationCodeResult(code=words["code"], state=words["state"], iss=words["iss"])

    def call(self, tool, **arguments):
        async def go():
            async with httpx2.AsyncClient(auth=self.provider, timeout=60) as http:
                async with Client(streamable_http_client(SERVER, http_client=http)) as client:
                    return (await client.call_tool(tool, arguments)).content[0].text

        return asyncio.run(go())


def registers():
    """MCP SDK: registers itself, as a public client"""
    agent = Agent()
    ensure(agent.call("list_notes"))
    ensure(agent.client.client_id.startswith("cli_") and agent.client.client_secret is None)


def by_document():
    """MCP SDK: the address of its metadata is its client id"""
    agent = Agent(told["mcp"]["document"])
    ensure(agent.call("list_notes"))
    ensure(agent.client.client_id == told["mcp"]["document"])


def steps_up():
    """MCP SDK: a tool that needs more (403 insufficient_scope), and the person is asked for that"""
    agent = Agent()
    agent.call("list_notes")
    ensure(agent.call("add_note", text="Water the plants") == "Noted.")
    ensure([set(scopes) for scopes in agent.asked] == [{"notes:read", "offline_access"}, {"notes:read", "offline_access", "notes:write"}], agent.asked)


def refreshes():
    """MCP SDK: refreshes by itself, and nobody is asked"""
    agent = Agent()
    agent.call("list_notes")
    former = agent.tokens.refresh_token
    agent.provider.context.token_expiry_time = 1
    agent.call("list_notes")
    ensure(len(agent.asked) == 1 and agent.tokens.refresh_token != former, agent.asked)


def fast():
    """fastmcp: Client(auth="oauth")"""
    def open_browser(address, *_args, **_more):
        threading.Thread(target=lambda: requests.get(ada(ISSUER).authorize(address), timeout=30)).start()
        return True

    webbrowser.open = open_browser

    async def go():
        async with FastClient(SERVER, auth="oauth") as client:
            ensure([tool.name for tool in await client.list_tools()] == ["list_notes", "add_note"])
            ensure((await client.call_tool("list_notes", {})).content[0].text)

    asyncio.run(go())


run(registers, by_document, steps_up, refreshes, fast)
