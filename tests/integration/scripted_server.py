# SPDX-License-Identifier: Apache-2.0
"""A server that says what a test tells it to, down to each header: for answers that no XNAT gives by itself, but what
stands in front of it does. Knows one user, logins, and one listing.

    with Scripted() as server:
        server.on("POST", "/data/JSESSION", lambda request: server.answer(504, "late"))
"""
import base64
import contextlib
import http.server
import ssl
import threading

ALICE = "Basic " + base64.b64encode(b"alice:alice-pw").decode()
LISTING = '{"ResultSet":{"Result":[],"totalRecords":"0"}}'


class Scripted:
    """The server; `log` holds (method, path) of what was asked, in order, `failures` counts wrong passwords."""

    host = "127.0.0.1"

    def __init__(self, tls=None, prefix=""):
        self.log, self.sessions, self.scripts, self.failures = [], [], {}, 0
        self.prefix = prefix
        self.lock = threading.Lock()
        outer = self

        class Handler(http.server.BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def handle_one_request(self):
                # A client that leaves is no trouble.
                with contextlib.suppress(ConnectionError, ssl.SSLError):
                    super().handle_one_request()
                    return
                self.close_connection = True

            def handle_any(self):
                self.rfile.read(int(self.headers.get("Content-Length") or 0))
                given = outer.decide(self)
                if given is None:
                    self.close_connection = True
                    return
                status, headers, body = given
                self.send_response(status)
                for name, value in headers:
                    self.send_header(name, value)
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            do_GET = do_POST = do_PUT = do_DELETE = handle_any

            def log_message(self, *_):
                """Nothing for standard error."""

        self.server = http.server.ThreadingHTTPServer((self.host, 0), Handler)
        self.server.daemon_threads = True
        if tls is not None:
            context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            context.load_cert_chain(tls / "cert.pem", tls / "key.pem")
            self.server.socket = context.wrap_socket(self.server.socket, server_side=True)
        self.scheme = "https" if tls is not None else "http"
        self.port = self.server.server_address[1]
        self.url = f"{self.scheme}://{self.host}:{self.port}"
        self.plugin_url = "xnat+" + self.url
        self.thread = threading.Thread(target=self.server.serve_forever, args=(0.05,), daemon=True)

    def __enter__(self):
        self.thread.start()
        return self

    def __exit__(self, *_):
        self.server.shutdown()
        self.server.server_close()

    @staticmethod
    def answer(status, body="", *headers, kind="text/plain"):
        """An answer; `headers` are pairs."""
        return status, [("Content-Type", kind), *headers], body.encode()

    def on(self, method, path, script):
        """Calls `script` with each such request: it gives an answer, None (the connection is closed), or "usual"."""
        self.scripts[method, path] = script

    def count(self, method, path):
        return sum(1 for one in self.log if one == (method, path))

    def decide(self, request):
        path = request.path.partition("?")[0]
        with self.lock:
            self.log.append((request.command, path))
            script = self.scripts.get((request.command, path))
        given = script(request) if script is not None else "usual"
        return self.usual(request, path.removeprefix(self.prefix)) if given == "usual" else given

    def session_of(self, request):
        """The session whose ID the request's cookies hold."""
        cookies = (one.strip() for one in (request.headers.get("Cookie") or "").split(";"))
        return next((one.split("=", 1)[1] for one in cookies if one.startswith("JSESSIONID=")), None)

    def log_in(self, request, cookie="JSESSIONID={}; Path=/; HttpOnly"):
        """The usual answer to a login; `cookie` is the Set-Cookie value, or None."""
        if request.headers.get("Authorization") != ALICE:
            self.failures += 1
            return self.answer(401, "no", ("WWW-Authenticate", "Basic"))
        self.sessions.append(f"C0FFEE{len(self.sessions):026d}")
        headers = [("Set-Cookie", cookie.format(self.sessions[-1]))] if cookie else []
        return self.answer(200, self.sessions[-1], *headers)

    def usual(self, request, path):
        known = self.session_of(request) in self.sessions
        if (request.command, path) == ("POST", "/data/JSESSION"):
            return self.log_in(request)
        if not known:
            return self.answer(401, "no", ("WWW-Authenticate", "Basic"))
        if path == "/data/auth":
            return self.answer(200, "User 'alice' is logged in")
        if path == "/data/JSESSION":
            self.sessions.remove(self.session_of(request))
            return self.answer(200)
        return self.answer(200, LISTING, kind="application/json")
