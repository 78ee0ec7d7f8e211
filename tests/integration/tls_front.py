# SPDX-License-Identifier: Apache-2.0
"""TLS in front of a stand-in, as a proxy ends it: what comes is handed on as it is, and it is seen which connections went on
with an earlier TLS session."""
import contextlib
import socket
import ssl
import threading


class TlsFront:
    """`resumed` holds a truth value for each connection, in order of their beginning."""

    def __init__(self, server, certificate):
        self.behind, self.resumed = (server.host, server.port), []
        self.context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        # A ticket of TLS 1.3 serves one connection, so there it is chance how many can go on.
        self.context.maximum_version = ssl.TLSVersion.TLSv1_2
        self.context.load_cert_chain(certificate / "cert.pem", certificate / "key.pem")
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.port = self.listener.getsockname()[1]

    def __enter__(self):
        threading.Thread(target=self.accept, daemon=True).start()
        return self

    def __exit__(self, *_):
        self.listener.close()

    def accept(self):
        with contextlib.suppress(OSError):
            while True:
                threading.Thread(target=self.serve, args=(self.listener.accept()[0],), daemon=True).start()

    def serve(self, plain):
        with contextlib.suppress(OSError), self.context.wrap_socket(plain, server_side=True) as front, \
                socket.create_connection(self.behind) as back:
            self.resumed.append(front.session_reused)
            threading.Thread(target=self.hand_on, args=(back, front), daemon=True).start()
            self.hand_on(front, back)

    @staticmethod
    def hand_on(source, target):
        with contextlib.suppress(OSError):
            while data := source.recv(65536):
                target.sendall(data)
            target.shutdown(socket.SHUT_RDWR)
