"""What stands in for Slack: it takes messages over HTTP."""

import json
import threading
from http.server import BaseHTTPRequestHandler, HTTPServer


class Receiver:
    """A server on loopback that keeps the texts it is sent; entering it gives its address and the texts."""

    def __enter__(self) -> tuple[str, list[str]]:
        told: list[str] = []

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                told.append(json.loads(self.rfile.read(int(self.headers["Content-Length"])))["text"])
                self.send_response(200)
                self.end_headers()

            def log_message(self, *_: object) -> None:
                pass

        self._server = HTTPServer(("127.0.0.1", 0), Handler)
        threading.Thread(target=self._server.serve_forever, daemon=True).start()
        return f"http://127.0.0.1:{self._server.server_port}", told

    def __exit__(self, *_: object) -> None:
        self._server.shutdown()
        self._server.server_close()
