"""Serves Model Explorer's page and the files of a view, on this machine only.

The page asks for the extensions that are installed, for files, for news of a newer version, and for a stream of events.
It gets the one extension that reads its own JSON, the files of one folder, no news, and no events.
"""

import json
import os
import re
import sys
import threading
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

from graphs.refusals import refusal

HOST = "127.0.0.1"
READS_JSON = {
    "type": "adapter",
    "id": "builtin_json",
    "name": "JSON adapter",
    "description": "Reads Model Explorer's own JSON.",
    "fileExts": ["json"],
    "matchHttpUrl": False,
}
TYPES = {
    ".html": "text/html; charset=utf-8",
    ".js": "text/javascript",
    ".css": "text/css",
    ".json": "application/json",
    ".svg": "image/svg+xml",
    ".png": "image/png",
    ".woff2": "font/woff2",
}
# Whatever the page may try, the browser fetches from this server only.
POLICY = "default-src 'self' data: blob: 'unsafe-inline' 'unsafe-eval'; frame-ancestors 'self'"
SECONDS = 2  # between two signs of life in the stream of events
# The panel that describes the selected node: at the bottom, not over the node; what it says first, and in full. It is
# not quite opaque, since without a graphics card Chromium shifts a canvas that something opaque covers in part.
STYLE = b"""<style>
info-panel.float { top: auto !important; left: 0; right: 0; bottom: 0; width: auto !important; height: 34% !important;
  border-top: 2px solid #999; opacity: 0.998; }
info-panel.float > .container { width: 100% !important; display: flex; flex-direction: column; }
info-panel.float > .container > .section:first-child { order: 1; }
info-panel.float .one-line-text { white-space: normal !important; overflow-wrap: break-word; word-break: normal; }
info-panel.float .icon-container.toggle, legends-panel { display: none !important; }
</style>"""
# The page does without the fonts that it would fetch from elsewhere.
FONT = re.compile(rb"@font-face\s*\{[^}]*https://[^}]*\}")


class ViewServer(ThreadingHTTPServer):
    """Serves on a port of this machine until it is closed. Port 0 is any free one."""

    daemon_threads = True

    def __init__(self, port, web_app, files, page):
        """web_app: the folder of Model Explorer's page. files: the one folder whose files may be read. page: a function
        of a query, {name: value}, that returns our own page as text, and raises ValueError if the query is wrong.
        """
        self.web_app, self.files, self.page = Path(web_app), Path(files), page
        self.closing = threading.Event()
        super().__init__((HOST, port), _Handler)

    @property
    def address(self):
        """http://127.0.0.1:PORT"""
        return f"http://{HOST}:{self.server_port}"

    def handle_error(self, request, client_address):
        """A browser may turn away before it has its answer."""
        if not isinstance(sys.exception(), ConnectionError):
            super().handle_error(request, client_address)

    def server_close(self):
        self.closing.set()
        super().server_close()


def read_file(folder, path):
    """The text of a file in a folder. Raises ValueError if the path leads elsewhere, or over a link."""
    inside = os.path.realpath(folder)
    named = os.path.join(inside, path)
    try:
        if os.path.realpath(named) == named and named.startswith(inside + os.sep) and os.path.isfile(named):
            return Path(named).read_text(encoding="utf-8")
    except (OSError, ValueError):
        pass  # for example a null character
    raise refusal("path", path, "a file of this view")


class _Handler(BaseHTTPRequestHandler):
    server: ViewServer

    def do_GET(self):
        # A page from elsewhere whose name leads to this machine sends its own name (DNS rebinding).
        if self.headers.get("Host") not in [f"{name}:{self.server.server_port}" for name in (HOST, "localhost")]:
            return self._send(HTTPStatus.FORBIDDEN, b"unknown host", ".txt")
        if self.headers.get("Sec-Fetch-Site", "none") not in ("none", "same-origin"):
            return self._send(HTTPStatus.FORBIDDEN, b"asked by another page", ".txt")
        try:
            return self._answer(urlsplit(self.path))
        except ValueError:  # not an address, or a path that no file can have
            return self._send(HTTPStatus.BAD_REQUEST, b"not an address of this server", ".txt")

    def _answer(self, url):
        query = {name: values[0] for name, values in parse_qs(url.query).items()}
        answers = {
            "/view": self._page,
            "/api/v1/get_extensions": lambda query: self._json([READS_JSON]),
            "/api/v1/check_new_version": lambda query: self._json({"version": "", "runningVersion": ""}),
            "/api/v1/notify_user_provided_model_path": lambda query: self._json({"status": "ok"}),
            "/api/v1/read_text_file": self._file,
            "/apistream/server_director": self._events,
        }
        return answers.get(url.path, lambda query: self._part(url.path))(query)

    def _page(self, query):
        try:
            self._send(HTTPStatus.OK, self.server.page(query).encode(), ".html")
        except ValueError as error:
            self._send(HTTPStatus.BAD_REQUEST, str(error).encode(), ".txt")

    def _file(self, query):
        try:
            self._json({"content": read_file(self.server.files, query.get("path", ""))})
        except ValueError as error:
            self._json({"error": str(error)}, HTTPStatus.FORBIDDEN)

    def _events(self, query):
        """A stream without events, until the server closes or the browser has gone."""
        self._head(HTTPStatus.OK, "text/event-stream")
        while not self.server.closing.wait(SECONDS):
            self.wfile.write(b": nothing\n\n")
            self.wfile.flush()

    def _part(self, path):
        """A file of Model Explorer's page."""
        file = (self.server.web_app / (path.lstrip("/") or "index.html")).resolve()
        if not (file.is_relative_to(self.server.web_app.resolve()) and os.path.isfile(file)):
            return self._send(HTTPStatus.NOT_FOUND, b"not found", ".txt")
        content = file.read_bytes()
        if file.suffix == ".html":
            content = FONT.sub(b"", content).replace(b"</head>", STYLE + b"</head>")
        return self._send(HTTPStatus.OK, content, file.suffix)

    def _json(self, value, status=HTTPStatus.OK):
        self._send(status, json.dumps(value).encode(), ".json")

    def _send(self, status, content, suffix):
        self._head(status, TYPES.get(suffix, "text/plain; charset=utf-8"), len(content))
        self.wfile.write(content)

    def _head(self, status, kind, length=None):
        self.send_response(status)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Security-Policy", POLICY)
        self.send_header("Cache-Control", "no-store")
        if length is not None:
            self.send_header("Content-Length", str(length))
        self.end_headers()

    def log_message(self, *arguments):
        """Say nothing of each request."""
