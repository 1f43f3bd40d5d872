#!/usr/bin/python3
"""Proves a bundle from docs/format.md and docs/trust.md alone.

usage: second_reader.py BUNDLE PUBLIC_KEY

Prints the content digest and the count of entries, or says what it refuses and exits with 1. It needs
Python's standard library, `openssl` and `zstd`, and is written from the page: whatever it would have to
know besides, the page lacks. It is slow on purpose (SHA-256 in Python, because checkpoints need its
compression function) and holds entries in memory; the programs do neither.
"""

import base64
import calendar
import hashlib
import json
import struct
import subprocess
import sys
import tempfile
import time

MIB, GIB, BLOCK = 1 << 20, 1 << 30, 128 << 10
REGION, REGION_ROWS = 64 << 10, 63
RAW_FRAME, FILLER = b"\x28\xb5\x2f\xfd\xc4\x38", b"\x50\x2a\x4d\x18"
PLACES = ("offset", "stored", "encoding")
SIGNATURES = ("image-signature", "repository-signature")


def need(condition, refusal):
    if not condition:
        sys.exit(f"refused: {refusal}")


def run(*words, given=b""):
    done = subprocess.run(words, input=given, capture_output=True, check=False)
    need(done.returncode == 0, f"{words[0]} says {done.stderr.decode(errors='replace').strip()}")
    return done.stdout


def padded(size):
    return -(-size // 512) * 512


class Bytes:
    """Bytes that are taken from the front to the end."""

    def __init__(self, data):
        self.data, self.at = data, 0

    def take(self, length):
        self.at += length
        need(self.at <= len(self.data), "it ends early")
        return self.data[self.at - length:self.at]


class Bundle(Bytes):
    """The file, and the rows that its seek table must have for the frames that were taken."""

    rows = ()

    def raw_frame(self, size):
        begin, content = self.at, bytearray()
        need(self.take(14) == RAW_FRAME + struct.pack("<Q", size), f"no raw frame at {begin}")
        while len(content) < size:
            length = min(BLOCK, size - len(content))
            last = len(content) + length == size
            need(self.take(3) == (length << 3 | last).to_bytes(3, "little"), "a block's header")
            content += self.take(length)
        checksum = self.take(4)
        self.rows += ((self.at - begin, size),)
        return bytes(content), checksum

    def raw(self, size):
        """Content of raw frames, and their checksums."""
        content, checksums = b"", b""
        while len(content) < padded(size):
            part, checksum = self.raw_frame(min(GIB, padded(size) - len(content)))
            content, checksums = content + part, checksums + checksum
        need(not any(content[size:]), "padding that is not zero")
        return content[:size], checksums

    def compressed(self, size, proofs):
        """Content of compressed frames, each checked before a decompressor sees it."""
        content = b""
        while len(content) < padded(size):
            length, digest = struct.unpack("<I32s", proofs.take(36))
            frame = self.take(length)
            need(hashlib.sha256(frame).digest() == digest, "an altered compressed frame")
            part = run("zstd", "-dc", given=frame)
            need(len(part) == min(MIB, padded(size) - len(content)), "a compressed frame's content")
            self.rows += ((length, len(part)),)
            content += part
        need(not any(content[size:]), "padding that is not zero")
        return content[:size]

    def header(self, path, size, modified):
        need(self.raw_frame(512)[0] == tar_header(path, size, modified), f"tar header of {path}")


def tar_header(path, size, modified):
    prefix, name = "", path
    if len(path) > 100:
        cut = path.rindex("/", 0, 156)
        prefix, name = path[:cut], path[cut + 1:]
    header = bytearray(512)
    for at, field in {
        0: name.encode(), 100: b"0000644\0" b"0000000\0" b"0000000\0", 124: tar_number(size),
        136: tar_number(modified), 148: b" " * 8, 156: b"0", 257: b"ustar\0" b"00", 345: prefix.encode(),
    }.items():
        header[at:at + len(field)] = field
    header[148:156] = b"%06o\0 " % sum(header)
    return bytes(header)


def tar_number(number):
    return b"%011o\0" % number if number < 1 << 33 else b"\x80\0\0\0" + number.to_bytes(8, "big")


# SHA-256 as FIPS 180-4 has it.

def fraction_of_root(number, power):
    """The first 32 bits behind the point of a square or cube root."""
    low, high = 0, number << 32
    while low < high:
        middle = (low + high + 1) // 2
        low, high = (middle, high) if middle ** power <= number << 32 * power else (low, middle - 1)
    return low & 0xFFFFFFFF


PRIMES = [n for n in range(2, 312) if all(n % d for d in range(2, n))]
START = struct.pack(">8I", *(fraction_of_root(prime, 2) for prime in PRIMES[:8]))
ROUNDS = [fraction_of_root(prime, 3) for prime in PRIMES]


def compress(value, blocks):
    state = struct.unpack(">8I", value)
    for at in range(0, len(blocks), 64):
        w = list(struct.unpack_from(">16I", blocks, at))
        for t in range(16, 64):
            x, y = w[t - 15], w[t - 2]
            x = ((x >> 7 | x << 25) ^ (x >> 18 | x << 14) ^ x >> 3) & 0xFFFFFFFF
            y = ((y >> 17 | y << 15) ^ (y >> 19 | y << 13) ^ y >> 10) & 0xFFFFFFFF
            w.append(w[t - 16] + x + w[t - 7] + y & 0xFFFFFFFF)
        a, b, c, d, e, f, g, h = state
        for k, word in zip(ROUNDS, w):
            s = ((e >> 6 | e << 26) ^ (e >> 11 | e << 21) ^ (e >> 25 | e << 7)) & 0xFFFFFFFF
            one = h + s + (e & f ^ ~e & g) + k + word
            s = ((a >> 2 | a << 30) ^ (a >> 13 | a << 19) ^ (a >> 22 | a << 10)) & 0xFFFFFFFF
            two = s + (a & b ^ a & c ^ b & c)
            a, b, c, d, e, f, g, h = one + two & 0xFFFFFFFF, a, b, c, d + one & 0xFFFFFFFF, e, f, g
        state = [one + two & 0xFFFFFFFF for one, two in zip(state, (a, b, c, d, e, f, g, h))]
    return struct.pack(">8I", *state)


def check_each_mib(entry, content, between):
    """Section 5: every MiB alone, from the value before it to the value after it."""
    for number, before in enumerate([START] + between):
        piece, after = content[number * MIB:(number + 1) * MIB], bytes.fromhex(entry["digest"][7:])
        if number < len(between):
            after = between[number]
        else:
            piece += b"\x80" + bytes(-(len(piece) + 9) % 64) + struct.pack(">Q", 8 * len(content))
        need(compress(before, piece) == after, f"MiB {number} of {entry['path']}")


# The parts of the file, in their order.

def read_table(bundle):
    head = bundle.raw_frame(512)[0]
    size = int(head[124:135], 8)
    raw = bundle.raw(size)[0]
    table = json.loads(raw)
    need(table["formatVersion"] == 1 and table["requires"] == [], "a version or feature of later")
    need(size == reserved(table), "the reserved size of sre.json")
    need(raw == written(table, table["entries"]).ljust(size, b"\n"), "the writing of sre.json")
    modified = calendar.timegm(time.strptime(table["created"], "%Y-%m-%dT%H:%M:%SZ"))
    need(head == tar_header("sre.json", size, modified), "tar header of sre.json")
    return raw, table, modified


def written(table, rows):
    """Section 4: the table with these rows, without padding."""
    compact = {"separators": (",", ":"), "ensure_ascii": False}
    lines = ",\n".join(json.dumps(row, **compact) for row in rows)
    return (json.dumps({**table, "entries": []}, **compact)[:-2] + "\n" + lines + "\n]}\n").encode()


def reserved(table):
    digits = {"offset": 10 ** 20 - 1, "stored": 10 ** 20 - 1}
    return padded(len(written(table, [{**row, **digits} for row in table["entries"]])))


def content_digest(table):
    rows = [row for row in table["entries"][2:] if row["kind"] not in SIGNATURES]
    rows.sort(key=lambda row: row["path"])
    rows = [{name: row[name] for name in row if name not in PLACES} for row in rows]
    return hashlib.sha256(written(table, rows)).hexdigest()


def read_signatures(bundle, modified):
    begin, before, files = bundle.at, len(bundle.rows), {}
    while bundle.data[bundle.at:bundle.at + 4] != FILLER:
        head = bundle.raw_frame(512)[0]
        name, size = head[:100].rstrip(b"\0").decode(), int(head[124:135], 8)
        need(head == tar_header(name, size, modified), f"tar header of {name}")
        files[name.removeprefix("signatures/")] = bundle.raw(size)[0]
    at = bundle.at
    zeros = struct.unpack("<4xI", bundle.take(8))[0]
    need(not any(bundle.take(zeros)) and bundle.at - begin == REGION, "the rest of the region")
    need(list(files) == sorted(files), "signatures out of order")
    bundle.rows += ((bundle.at - at, 0),)
    bundle.rows += ((0, 0),) * (REGION_ROWS - len(bundle.rows) + before)
    return files


def check_signatures(files, raw, table, key):
    der = run("openssl", "pkey", "-pubin", "-in", key, "-outform", "DER")
    name = hashlib.sha256(der).hexdigest()
    need(f"{name}.sig" in files, f"key {name} has not signed it")
    verify(key, files[f"{name}.sig"], raw)
    facts = {fact: table[fact] for fact in ("name", "version", "channel", "serial")}
    subject = {"name": "sre.json", "digest": {"sha256": hashlib.sha256(raw).hexdigest()}}
    statement = json.dumps({
        "_type": "https://in-toto.io/Statement/v1", "subject": [subject],
        "predicateType": "urn:sre:bundle:v1", "predicate": facts,
    }, separators=(",", ":"))
    signature = json.loads(files[f"{name}.sigstore.json"])["dsseEnvelope"]["signatures"][0]["sig"]
    envelope = json.dumps({
        "mediaType": "application/vnd.dev.sigstore.bundle.v0.3+json",
        "verificationMaterial": {"publicKey": {"hint": encoded(bytes.fromhex(name))}},
        "dsseEnvelope": {
            "payload": encoded(statement.encode()), "payloadType": "application/vnd.in-toto+json",
            "signatures": [{"sig": signature}],
        },
    }, separators=(",", ":")) + "\n"
    need(files[f"{name}.sigstore.json"] == envelope.encode(), "another envelope")
    message = f"DSSEv1 28 application/vnd.in-toto+json {len(statement)} {statement}"
    verify(key, base64.b64decode(signature, validate=True), message.encode())
    need(files[f"{name}.pub"] == run("openssl", "pkey", "-pubin", "-in", key), "another public key")


def encoded(data):
    return base64.b64encode(data).decode()


def verify(key, signature, message):
    with tempfile.NamedTemporaryFile() as file:
        file.write(signature)
        file.flush()
        run("openssl", "dgst", "-sha256", "-verify", key, "-signature", file.name, given=message)


def read_entry(bundle, entry, modified, proofs):
    """Gives the content of an entry; the head's own files have no proofs."""
    need(entry["offset"] == bundle.at, f"place of {entry['path']}")
    bundle.header(entry["path"], entry["size"], modified)
    begin, size = bundle.at, entry["size"]
    between = [proofs.take(32) for _ in range((size - 1) // MIB)] if proofs and size else []
    if entry["encoding"] == "zstd":
        content = bundle.compressed(size, proofs)
    else:
        content, checksums = bundle.raw(size)
        need(not proofs or proofs.take(len(checksums)) == checksums, "checksums of frames")
    need(bundle.at - begin == entry["stored"], f"stored size of {entry['path']}")
    need(f"sha256:{hashlib.sha256(content).hexdigest()}" == entry["digest"], f"{entry['path']}")
    if proofs and size:
        check_each_mib(entry, content, between)
    return content


def main(path, key):
    with open(path, "rb") as file:
        bundle = Bundle(file.read())
    raw, table, modified = read_table(bundle)
    checkpoints, checksums, *payload = table["entries"]
    need((checkpoints["path"], checksums["path"]) == ("checkpoints", "SHA256SUMS"), "the first rows")
    need(payload == sorted(payload, key=lambda row: (row["encoding"], row["path"])), "the order")
    proofs = Bytes(read_entry(bundle, checkpoints, modified, None))
    sums = read_entry(bundle, checksums, modified, None)
    check_signatures(read_signatures(bundle, modified), raw, table, key)
    for entry in payload:
        read_entry(bundle, entry, modified, proofs)
    need(proofs.at == len(proofs.data), "more checkpoints than entries need")
    listed = [row for row in [checkpoints] + payload if row["kind"] not in SIGNATURES]
    listed = sorted((row["path"], row["digest"][7:]) for row in listed)
    need(sums == "".join(f"{digest}  {path}\n" for path, digest in listed).encode(), "SHA256SUMS")
    need(bundle.raw_frame(1024)[0] == bytes(1024), "the end of the archive")
    rows = b"".join(struct.pack("<II", *row) for row in bundle.rows)
    rows += struct.pack("<IB", len(bundle.rows), 0) + b"\xb1\xea\x92\x8f"
    seek_table = b"\x5e\x2a\x4d\x18" + struct.pack("<I", len(rows)) + rows
    need(bundle.take(len(seek_table)) == seek_table, "the seek table")
    need(bundle.at == len(bundle.data), "bytes behind the end")
    run("zstd", "-tq", path)
    print(content_digest(table), len(table["entries"]))


if __name__ == "__main__":
    main(*sys.argv[1:])
