# SPDX-License-Identifier: Apache-2.0
"""A line between the plugin and a server that lets so many bytes a second through, of all connections together: what the
server sends, or (`both`) what goes in either direction.

    with SlowLine(server, 1_000_000) as line:
        line.port
"""

import socket
import threading
import time

PIECE = 16 * 1024


class SlowLine:
    def __init__(self, server, bytes_per_s, both=False):
        self.server, self.rate, self.both = server, bytes_per_s, both
        self.lock, self.free_at = threading.Lock(), 0
        self.socket = socket.create_server(("127.0.0.1", 0))
        self.port = self.socket.getsockname()[1]
        threading.Thread(target=self.accept, daemon=True).start()

    def __enter__(self):
        return self

    def __exit__(self, *exc):
        self.socket.close()

    def url(self, url):
        """The same address, through the line."""
        return url.replace(f":{self.server.port}/", f":{self.port}/", 1)

    def accept(self):
        while True:
            try:
                near, _ = self.socket.accept()
            except OSError:
                return
            far = socket.create_connection(("127.0.0.1", self.server.port))
            # What waits in buffers has passed the line already; so there is little room in them.
            for source, target in ((far, near), (near, far)) if self.both else ((far, near),):
                source.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, PIECE)
                target.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, PIECE)
            for source, target in ((near, far), (far, near)):
                threading.Thread(target=self.pump, args=(source, target, self.both or source is far), daemon=True).start()

    def wait_for_turn(self, n):
        with self.lock:
            begin = max(self.free_at, time.monotonic())
            self.free_at = begin + n / self.rate
        time.sleep(max(0, self.free_at - time.monotonic()))

    def pump(self, source, target, slow):
        try:
            while piece := source.recv(PIECE):
                if slow:
                    self.wait_for_turn(len(piece))
                target.sendall(piece)
        except OSError:
            pass
        for end in (source, target):
            try:
                end.shutdown(socket.SHUT_RDWR)
            except OSError:
                pass
