"""Runs an ASGI app on a free port of 127.0.0.1, for the servers beside this file."""

import socket

import uvicorn


def serve(app, path: str) -> None:
    """Serves `app` and prints `listening on URL` once connections are accepted."""
    listener = socket.create_server(("127.0.0.1", 0), backlog=128)
    print(f"listening on http://127.0.0.1:{listener.getsockname()[1]}{path}", flush=True)
    config = uvicorn.Config(app, log_level="warning", timeout_graceful_shutdown=1)
    uvicorn.Server(config).run(sockets=[listener])
