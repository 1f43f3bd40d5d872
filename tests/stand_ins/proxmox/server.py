"""HTTPS: who asks, what goes wrong, and the log."""

import email.parser
import email.policy
import http.server
import json
import pathlib
import socket
import ssl
import threading
import urllib.parse

from calls import Call
from refusal import Refusal

ROOT = "/api2/json"


class Server(http.server.ThreadingHTTPServer):
    """The server of one cluster. Calls are answered one after the other, but for those that hang."""

    daemon_threads = True

    def __init__(self, given, calls):
        super().__init__(("127.0.0.1", given.port), Handler)
        self.token, self.calls, self.lock = given.token, calls, threading.Lock()
        self.path_of_log = pathlib.Path(given.log)
        self.tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        self.tls.load_cert_chain(given.certificate, given.key)

    def get_request(self):
        connection, address = super().get_request()
        # The handshake is left to the thread of the connection, or a silent client would stop all.
        return self.tls.wrap_socket(connection, server_side=True, do_handshake_on_connect=False), address

    def handle_error(self, request, client_address):
        """Clients that go away in the middle, or do not trust the certificate, are none of our errors."""

    def note(self, **row):
        with self.path_of_log.open("a", encoding="utf-8") as log:
            log.write(json.dumps(row) + "\n")


class Handler(http.server.BaseHTTPRequestHandler):
    """One connection."""

    protocol_version = "HTTP/1.1"
    server_version = "pve-api-daemon/3.0"

    def log_message(self, *_):
        """Calls stand in the log of our own."""

    def do_GET(self):
        self.serve()

    do_POST = do_PUT = do_DELETE = do_GET

    def serve(self):
        body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        url = urllib.parse.urlsplit(self.path)
        path = urllib.parse.unquote(url.path.removeprefix(ROOT)).rstrip("/")
        row = {"method": self.command, "path": path, "form": self.form(url.query, body)}
        with self.server.lock:
            fault = self.server.calls.control.fault(self.command, path) or {}
        if fault.get("do") == "hang":
            self.server.note(**row, hangs=True)
            print(f"hangs: {self.command} {path}", flush=True)
            self.server.calls.control.hang(fault, self.is_there)
            if not self.is_there():
                print(f"gone: {self.command} {path}", flush=True)
                self.close_connection = True
                return
        with self.server.lock:
            code, reason, answer = self.outcome(path, row["form"], body, fault)
            self.server.note(**row, code=code, reason=reason)
        if fault.get("do") == "cut":
            self.close_connection = True
            return
        self.say(code, reason, answer)

    def is_there(self):
        """Tells whether the client still waits, by a look at the socket below TLS."""
        with socket.fromfd(self.connection.fileno(), socket.AF_INET, socket.SOCK_STREAM) as below:
            try:
                return below.recv(1, socket.MSG_PEEK | socket.MSG_DONTWAIT) != b""
            except BlockingIOError:
                return True
            except OSError:
                return False

    def form(self, query, body):
        pairs = urllib.parse.parse_qsl(query, keep_blank_values=True)
        if "urlencoded" in self.headers.get("Content-Type", ""):
            pairs += urllib.parse.parse_qsl(body.decode(), keep_blank_values=True)
        elif "json" in self.headers.get("Content-Type", "") and body:
            pairs += [(key, str(value)) for key, value in json.loads(body).items()]
        return dict(pairs)

    def outcome(self, path, form, body, fault):
        """Gives status, reason and content of the answer."""
        try:
            who = self.who()
            if not self.path.startswith(ROOT):
                raise Refusal(501, f"Path '{path}' not found")
            if fault.get("do") == "answer":
                raise Refusal(fault["code"], fault["reason"])
            if fault.get("do") == "take":
                self.take(path, int(form["newid"]))
            failure = fault["reason"] if fault.get("do") == "fail" else None
            call = Call(self.command, path, form, who, failure, self.upload(body))
            return 200, "OK", {"data": self.server.calls.answer(call)}
        except Refusal as refusal:
            errors = {"errors": refusal.errors} if refusal.errors else {}
            return refusal.code, refusal.reason, {"data": None, **errors}

    def who(self):
        """Gives who asks; a token that is wrong is refused as Proxmox does it."""
        given = self.headers.get("Authorization", "")
        if not given:
            raise Refusal(401, "No ticket")
        if given != f"PVEAPIToken={self.server.token}":
            raise Refusal(401, "invalid token value!")
        return self.server.token.partition("=")[0]

    def take(self, path, number):
        cluster = self.server.calls.cluster
        cluster.new(number, path.split("/")[2]).config["name"] = "of-somebody-else"

    def upload(self, body):
        """Reads a form with a file in it: its fields, the name of the file, its bytes."""
        kind = self.headers.get("Content-Type", "")
        if not kind.startswith("multipart/"):
            return None
        parser = email.parser.BytesParser(policy=email.policy.HTTP)
        message = parser.parsebytes(b"Content-Type: " + kind.encode() + b"\r\n\r\n" + body)
        fields, name, data = {}, None, b""
        for part in message.iter_parts():
            if part.get_filename():
                name, data = part.get_filename(), part.get_payload(decode=True)
            else:
                field = part.get_param("name", header="content-disposition")
                fields[field] = part.get_payload(decode=True).decode()
        return fields, fields.get("filename") or name, data

    def say(self, code, reason, answer):
        content = json.dumps(answer).encode()
        self.send_response(code, reason)
        self.send_header("Content-Type", "application/json;charset=UTF-8")
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)
