"""Tokens: a bare password, or `K10<digest of the cluster's authority>::<user>:<password>`."""

import hashlib
import hmac
from dataclasses import dataclass

from .journal import Fatal


@dataclass(frozen=True)
class Token:
    """What is in a token; the digest and the user of a bare password are empty."""

    digest: str
    user: str
    password: str

    def is_from(self, authority):
        """Says whether the authority (bytes of its file) is the one that the token names, if it names one."""
        return not self.digest or hmac.compare_digest(self.digest, digest_of(authority))


def read(text):
    """Reads a token in either form."""
    if not text:
        raise Fatal("token must not be empty")
    if not text.startswith("K10"):
        return Token("", "", text)
    digest, colons, rest = text[3:].partition("::")
    if colons and len(digest) not in (0, 64):
        raise Fatal("invalid token CA hash length")
    user, colon, password = rest.partition(":")
    if not colon or not password:
        raise Fatal("invalid token format")
    return Token(digest, user, password)


def whole(authority, user, password):
    """Writes a token that names the authority."""
    return f"K10{digest_of(authority)}::{user}:{password}"


def digest_of(authority):
    """Gives the digest by which a token names an authority."""
    return hashlib.sha256(authority).hexdigest()
