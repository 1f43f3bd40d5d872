"""Keys and certificates, made by `openssl`."""

import ipaddress
import os
import secrets
import subprocess
import tempfile
from pathlib import Path

from .journal import Fatal

_CURVE = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes"]


def _openssl(*arguments, given=None):
    ran = subprocess.run(["openssl", *map(str, arguments)], input=given, capture_output=True, check=False)
    if ran.returncode:
        raise Fatal(f"openssl {arguments[0]}: {ran.stderr.decode(errors='replace').strip()}")
    return ran.stdout


def make_authority(place, name):
    """Makes a certificate that signs others: `place.crt` and `place.key`."""
    usage = "keyUsage=critical,digitalSignature,keyEncipherment,keyCertSign"
    _openssl("req", "-x509", *_CURVE, "-days", 3650, "-subj", f"/CN={name}", "-addext", usage,
             "-keyout", f"{place}.key", "-out", f"{place}.crt")  # fmt: skip


def make_signing_key(path):
    """Makes the key that signs tokens of service accounts."""
    _openssl("genpkey", "-algorithm", "RSA", "-pkeyopt", "rsa_keygen_bits:2048", "-out", path)
    os.chmod(path, 0o600)


def request(key, subject):
    """Makes a key, and gives a request to certify it."""
    made = _openssl("req", "-new", *_CURVE, "-subj", subject, "-keyout", key)
    os.chmod(key, 0o600)
    return made


def sign(authority, wanted, subject, names=()):
    """Certifies a request for a subject of our choice, for a year, and gives the certificate."""
    text = "keyUsage=critical,digitalSignature,keyEncipherment\nextendedKeyUsage=serverAuth,clientAuth\n"
    if names:
        text += f"subjectAltName={','.join(map(_alternative, names))}\n"
    with tempfile.TemporaryDirectory() as folder:
        extensions = Path(folder) / "extensions"
        extensions.write_text(text)
        return _openssl("x509", "-req", "-days", 365, "-CA", f"{authority}.crt", "-CAkey", f"{authority}.key",
                        "-subj", subject, "-set_serial", f"0x{secrets.token_hex(16)}",
                        "-extfile", extensions, given=wanted)  # fmt: skip


def issue(authority, place, subject, names=()):
    """Makes `place.key` and a certificate `place.crt` for it."""
    certificate = sign(authority, request(f"{place}.key", subject), subject, names)
    Path(f"{place}.crt").write_bytes(certificate)
    os.chmod(f"{place}.crt", 0o644)


def _alternative(name):
    try:
        return f"IP:{ipaddress.ip_address(name)}"
    except ValueError:
        return f"DNS:{name}"
