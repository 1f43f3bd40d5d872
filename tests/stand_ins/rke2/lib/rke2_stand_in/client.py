"""Requests by HTTPS to the first server that answers."""

import base64
import http.client
import json
import ssl


class Refused(Exception):
    """Says that a server answered, and not with what was asked for."""

    def __init__(self, url, status, reason, body):
        super().__init__(f"{url}: {status} {reason}")
        self.status = status
        self.body = body


class Unreachable(Exception):
    """Says that no server answered."""


class Servers:
    """Servers that are the same to whoever asks, each as `host:port`."""

    def __init__(self, places, authority=None, certificate=None, basic=None):
        """Without an authority (text of certificates), nobody's identity is checked."""
        self.places = list(places)
        self._basic = basic
        self._context = ssl.create_default_context(cadata=authority)
        if authority is None:
            self._context.check_hostname = False
            self._context.verify_mode = ssl.CERT_NONE
        if certificate:
            self._context.load_cert_chain(f"{certificate}.crt", f"{certificate}.key")

    def ask(self, method, path, body=None, kind="application/json", headers=None):
        """Gives the body of the answer; the server that answered is asked first the next time."""
        failure = None
        for place in list(self.places):
            try:
                answer = self._ask(place, method, path, body, {"Content-Type": kind, **(headers or {})})
            except (OSError, http.client.HTTPException) as error:
                failure = failure or Unreachable(f'{method.capitalize()} "https://{place}{path}": {error}')
                continue
            status, reason, content = answer
            if status >= 500:
                failure = failure or Refused(f"https://{place}{path}", status, reason, content)
                continue
            self.places.remove(place)
            self.places.insert(0, place)
            if not 200 <= status < 300:
                raise Refused(f"https://{place}{path}", status, reason, content)
            return content
        raise failure or Unreachable("no server is known")

    def json(self, method, path, body=None, kind="application/json"):
        """Sends and receives JSON."""
        sent = None if body is None else json.dumps(body).encode()
        return json.loads(self.ask(method, path, sent, kind))

    def _ask(self, place, method, path, body, headers):
        host, _, port = place.rpartition(":")
        connection = http.client.HTTPSConnection(host.strip("[]"), int(port), timeout=10, context=self._context)
        try:
            if self._basic:
                pair = base64.b64encode(":".join(self._basic).encode()).decode()
                headers["Authorization"] = f"Basic {pair}"
            connection.request(method, path, body, headers)
            answer = connection.getresponse()
            return answer.status, answer.reason, answer.read()
        finally:
            connection.close()


def place_of(url):
    """Gives `host:port` of a URL of a supervisor."""
    place = url.removeprefix("https://").rstrip("/")
    has_port = place.rpartition("]")[2].count(":") == 1
    return place if has_port else f"{place}:9345"


def trusted(token, places, user):
    """Asks a supervisor for the authority of its cluster, compares it with the token, and gives a client."""
    try:
        authority = Servers(places).ask("GET", "/cacerts")
    except (Unreachable, Refused) as error:
        raise Unreachable(f"failed to get CA certs: {error}") from error
    if not token.is_from(authority):
        raise Unreachable("token CA hash does not match the Cluster CA certificate hash")
    basic = (token.user or user, token.password)
    return Servers(places, authority.decode(), basic=basic)
