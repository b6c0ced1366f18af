"""One instance of the Python family in broker mode, on 127.0.0.1: `python instance.py '{"port": …}'`.

What the JSON has to say is typed in peers/support/python-instance.ts.
"""

import json
import sys

import uvicorn
from fastapi import FastAPI
from py_oidc_auth import FastApiOIDCAuth, IDToken
from py_oidc_auth.broker import issuer as federation

settings = json.loads(sys.argv[1])

# Seconds between two looks at a peer's keys. Nobody can wait a minute for the next one.
if settings.get("cooldown") is not None:
    federation._PEER_REFRESH_COOLDOWN = settings["cooldown"]

auth = FastApiOIDCAuth(
    client_id=settings["clientId"],
    client_secret=settings["clientSecret"],
    discovery_url=settings["discoveryUrl"],
    scopes="openid profile email",
    audience=settings["providerAudience"],
    proxy=settings["issuer"],
    broker_mode=True,
    broker_store_url="sqlite+aiosqlite:///" + settings["store"],
    broker_audience=settings["audience"],
    trusted_issuers=settings["trustedIssuers"],
)

app = FastAPI()
app.include_router(auth.create_auth_router(prefix=settings["prefix"]))


@app.get("/me")
async def me(token: IDToken = auth.required()) -> dict:
    """The claims of the token, as the original hands them to a route."""
    return token.model_dump(exclude_none=True)


@app.get("/staff")
async def staff(token: IDToken = auth.required(claims={"roles": ["staff"]})) -> dict:
    """The same, for tokens with the role staff."""
    return token.model_dump(exclude_none=True)


uvicorn.run(app, host="127.0.0.1", port=settings["port"], log_level="info")
