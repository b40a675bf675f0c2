"""A small OpenAI-compatible server for tests, on loopback."""

import json
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from remid.replies.endpoint import Endpoint


@dataclass
class Server:
    """A small endpoint; `answer` gets the request and returns (status, body, headers)."""

    answer: Callable[[dict[str, Any]], tuple[int, object, dict[str, str]]]
    asked: list[dict[str, Any]] = field(default_factory=list)
    flying: int = 0
    most: int = 0
    url: str = ""


def completion(text: str | None, finish: str = "stop") -> tuple[int, object, dict[str, str]]:
    choice = {
        "index": 0,
        "finish_reason": finish,
        "message": {"role": "assistant", "content": text},
    }
    usage = {"prompt_tokens": 1, "completion_tokens": 4, "total_tokens": 5}
    body = {"id": "x", "object": "chat.completion", "created": 1, "model": "m"}
    return 200, {**body, "choices": [choice], "usage": usage}, {}


def echo(request: dict[str, Any]) -> tuple[int, object, dict[str, str]]:
    return completion("re: " + request["messages"][-1]["content"])


@contextmanager
def serving(answer: Callable[[dict[str, Any]], Any]) -> Iterator[Server]:
    server, lock = Server(answer), threading.Lock()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            request = json.loads(self.rfile.read(int(self.headers["content-length"])))
            request["path"], request["key"] = self.path, self.headers["authorization"]
            with lock:
                server.asked.append(request)
                server.flying += 1
                server.most = max(server.most, server.flying)
            answered = server.answer(request)
            if callable(answered):  # it speaks for itself, byte by byte
                with lock:
                    server.flying -= 1
                answered(self)
                return
            status, body, headers = answered
            raw = body if isinstance(body, str) else json.dumps(body)
            kind = "text/html" if isinstance(body, str) else "application/json"
            with lock:
                server.flying -= 1
            try:
                self.send_response(status)
                for key, value in {"content-type": kind, **headers}.items():
                    self.send_header(key, value)
                self.send_header("content-length", str(len(raw.encode())))
                self.end_headers()
                self.wfile.write(raw.encode())
            except BrokenPipeError:
                pass  # the client timed out, as the test wants it to

        def log_message(self, *_: object) -> None:
            pass

    http = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.url = f"http://127.0.0.1:{http.server_port}/v1"
    thread = threading.Thread(target=http.serve_forever, args=(0.02,), daemon=True)
    thread.start()
    try:
        yield server
    finally:
        http.shutdown()
        http.server_close()


def at(url: str, **changes: Any) -> Endpoint:
    plain = Endpoint(
        url=url,
        model="m",
        key_variable="REMID_TEST_KEY",
        concurrency=3,
        timeout=5.0,
        attempts=3,
        max_characters=8000,
    )
    return replace(plain, **changes)
