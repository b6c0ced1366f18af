"""A program that logs in with py-oidc-auth-client: `python client.py '{"flow": …, "host": …}'`.

Its last line is JSON, the token or what the client says in its place. What it is given is typed in
client/support/library.ts.
"""

import asyncio
import json
import logging
import sys

from py_oidc_auth_client import AuthError, CodeFlow, DeviceFlow, authenticate


async def step_by_step(host, **options):
    """The device flow as a program does it that shows the code in a way of its own."""
    flow = DeviceFlow(host, **options)
    code = await flow.get_device_code()
    print(json.dumps(code), flush=True)
    return await flow.poll(code["device_code"], code["interval"])


def code_flow(host, force=False, **options):
    return asyncio.run(CodeFlow(host, **options).authenticate(force=force))


def without_browser(host, force=False, **options):
    flow = DeviceFlow(host, **options)
    return asyncio.run(flow.authenticate(force=force, auto_open=False))


flows = {
    "authenticate": authenticate,
    "code": code_flow,
    "device without browser": without_browser,
    "device step by step": lambda host, **options: asyncio.run(step_by_step(host, **options)),
}

logging.basicConfig(level=logging.INFO)
wish = json.loads(sys.argv[1])
log_in = flows[wish.pop("flow")]
try:
    print(json.dumps({"token": log_in(**wish)}))
except AuthError as error:
    told = {"message": error.message, "status": error.status_code, "detail": error.detail}
    print(json.dumps({"error": told}))
