"""What Proxmox says when it does not do something: a status, and the reason in the status line."""


class Refusal(Exception):
    """An answer that is no success; `errors` names parameters."""

    def __init__(self, code, reason, errors=None):
        super().__init__(reason)
        self.code, self.reason, self.errors = code, reason, errors


def failed(reason):
    """Gives the refusal for whatever went wrong inside: Proxmox answers with a 500."""
    return Refusal(500, reason)


def wrong(**errors):
    """Gives the refusal of parameters."""
    return Refusal(400, "Parameter verification failed.", errors)
