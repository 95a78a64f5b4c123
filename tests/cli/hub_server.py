#!/usr/bin/env python3
"""A stand-in for the Hugging Face hub, on the loopback interface only, for tests of fetch_model.sh.

    hub_server.py ROOT LOG [--token TOKEN] [--fault FAULT]

Prints its port, then serves ROOT/OWNER/NAME/FILE the way the hub does:
  /OWNER/NAME/resolve/REVISION/FILE    small files: a redirect (307, relative) to /api/resolve-cache/…;
                                       *.safetensors: a redirect (302) to /cdn/… on another host name,
                                       with X-Linked-Size and X-Linked-ETag (the SHA-256)
  HEAD and Range requests, 404 and 401 with X-Error-Code, 416.
LOG gets one line a request: PATH range=RANGE authorization=VALUE.

Faults: truncate (the first answer from /cdn/ stops half way), stop (every one does, without a byte), drip (every
one does, after one byte), halves (every one does half way, and Range is ignored), refuse-range (the same, and
Range gets 416), checksum (a wrong X-Linked-ETag), damaged (/cdn/ sends other bytes, and X-Linked headers that fit
them), no-range (/cdn/ ignores Range), unlinked (no X-Linked headers), endless (small files go on and on, without
a length), circle (redirects without end), http (redirects to http), busy (503). --tls FILE: https, with the
certificate and key in FILE.

What it is not: safe or complete enough to serve anything else. It ends with its parent process.
"""
import argparse
import hashlib
import http.server
import os
import pathlib
import re
import socket
import ssl
import threading
import time


class Hub(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_HEAD(self):
        self.do_GET()

    def do_GET(self):
        options = self.server.options
        authorization = self.headers.get("Authorization", "-")
        with open(options.log, "a") as log:
            log.write(f"{self.path} range={self.headers.get('Range', '-')} authorization={authorization}\n")
        kind, parts = self.parse(self.path)
        path = pathlib.Path(options.root, *parts) if parts else None
        if kind == "resolve" and options.fault == "busy":
            self.answer(503)
        elif kind == "resolve" and options.token and authorization != f"Bearer {options.token}":
            self.answer(401, {"X-Error-Code": "GatedRepo"})
        elif path is None or not path.parent.is_dir():
            self.answer(404, {"X-Error-Code": "RepoNotFound"})
        elif kind == "resolve" and self.path.split("/")[4] not in ("main", "v1"):
            self.answer(404, {"X-Error-Code": "RevisionNotFound"})
        elif not path.is_file():
            self.answer(404, {"X-Error-Code": "EntryNotFound"})
        elif kind == "resolve":
            self.redirect(path, "/".join(parts))
        else:
            self.send_file(path.read_bytes(), cdn=kind == "cdn")

    @staticmethod
    def parse(url):
        """The kind of a path of ours, and [owner, name, file]."""
        found = re.fullmatch(r"/([\w.-]+)/([\w.-]+)/resolve/[\w.-]+/([\w.-]+)", url)
        if found:
            return "resolve", list(found.groups())
        found = re.fullmatch(r"/(cdn|api/resolve-cache)/([\w.-]+)/([\w.-]+)/([\w.-]+)", url)
        if found:
            return found.group(1).replace("api/resolve-cache", "small"), list(found.groups()[1:])
        return "unknown", None

    def redirect(self, path, name):
        content = path.read_bytes()
        headers = {"X-Linked-Size": str(len(content)), "X-Linked-ETag": '"%s"' % hashlib.sha256(content).hexdigest()}
        fault = self.server.options.fault
        if fault == "unlinked":
            headers = {}
        if fault == "circle":
            return self.answer(302, {"Location": self.path})
        if fault == "http":
            return self.answer(302, {"Location": "http://127.0.0.1:1/" + name})
        if fault == "checksum":
            headers["X-Linked-ETag"] = '"%s"' % hashlib.sha256(b"something else").hexdigest()
        if path.suffix == ".safetensors":
            port = self.server.server_address[1]
            self.answer(302, {"Location": f"http://localhost:{port}/cdn/{name}", **headers})
        else:
            self.answer(307, {"Location": f"/api/resolve-cache/{name}", **({} if fault == "endless" else {
                "X-Linked-Size": str(len(content)), "X-Linked-ETag": '"%s"' % hashlib.sha1(content).hexdigest()})})

    def send_file(self, content, cdn):
        fault = self.server.options.fault
        asked = re.fullmatch(r"bytes=(\d+)-", self.headers.get("Range", ""))
        first = int(asked.group(1)) if asked and fault not in ("no-range", "halves") else 0
        if asked and (first >= len(content) or fault == "refuse-range"):
            return self.answer(416, {"Content-Range": f"bytes */{len(content)}"} if fault != "refuse-range" else {})
        if fault == "endless" and not cdn:
            return self.send_endless()
        self.send_response(206 if first else 200)
        if fault == "damaged" and cdn:
            content = bytes(len(content))
            self.send_header("X-Linked-Size", str(len(content)))
            self.send_header("X-Linked-ETag", hashlib.sha256(content).hexdigest())
        rest = content[first:]
        self.send_header("Content-Length", str(len(rest)))
        if first:
            self.send_header("Content-Range", f"bytes {first}-{len(content) - 1}/{len(content)}")
        self.end_headers()
        if self.command == "GET":
            self.wfile.write(rest[:self.share(len(rest)) if cdn else len(rest)])

    def send_endless(self):
        self.close_connection = True
        self.send_response(200)
        self.end_headers()
        while self.command == "GET":
            self.wfile.write(bytes(1 << 20))

    def share(self, size):
        """How many of size bytes are sent before the connection breaks."""
        shares = {"truncate": size if self.server.truncated else size // 2, "halves": size // 2,
                  "refuse-range": size // 2, "stop": 0, "drip": min(size, 1)}
        share = shares.get(self.server.options.fault, size)
        self.server.truncated = True
        self.close_connection = share < size
        return share

    def answer(self, code, headers=None):
        self.send_response(code)
        for name, value in (headers or {}).items():
            self.send_header(name, value)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, *arguments):
        pass


class LoopbackServer(http.server.ThreadingHTTPServer):
    daemon_threads = True

    def server_bind(self):
        """Without HTTPServer's look-up of the host's own name, which can take long where there is no network."""
        self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        self.socket.bind(self.server_address)
        self.server_address = self.socket.getsockname()


def end_with_parent():
    parent = os.getppid()
    while os.getppid() == parent:
        time.sleep(0.5)
    os._exit(0)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("root")
    parser.add_argument("log")
    parser.add_argument("--token")
    parser.add_argument("--fault", choices=["truncate", "stop", "drip", "halves", "refuse-range", "checksum", "damaged",
                                            "no-range", "unlinked", "endless", "circle", "http", "busy"])
    parser.add_argument("--tls")
    server = LoopbackServer(("127.0.0.1", 0), Hub)
    server.options = parser.parse_args()
    server.truncated = False
    if server.options.tls:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(server.options.tls)
        server.socket = context.wrap_socket(server.socket, server_side=True)
    threading.Thread(target=end_with_parent, daemon=True).start()
    print(server.server_address[1], flush=True)
    server.serve_forever()


if __name__ == "__main__":
    main()
