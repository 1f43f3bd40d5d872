"""Tells the installer what happens on the hosts, and ends with it."""

import json
import os
import signal
import threading
import time

from ansible.plugins.callback import CallbackBase

DOCUMENTATION = """
    name: sre_events
    type: aggregate
    short_description: tells the installer what happens on the hosts
    description:
      - Writes one JSON object a line to standard error, which the installer reads, shows and keeps as its journal.
      - Says nothing of what a task with C(no_log) worked with.
      - Ends Ansible when its standard input ends, so that a killed installer leaves no run behind.
    requirements:
      - to be named in ANSIBLE_CALLBACKS_ENABLED
"""

# What a line tells of a module's arguments: where it worked, never what it wrote there.
TOLD = ("argv", "cmd", "_raw_params", "dest", "path", "src", "url", "name", "state", "mode", "owner", "group")
# The most letters of one message or argument; a journal is no place for whole outputs.
MOST = 2000
# How long Ansible may take to end by itself once the installer is gone, in seconds.
GRACE = 3


class CallbackModule(CallbackBase):
    CALLBACK_VERSION = 2.0
    CALLBACK_TYPE = "aggregate"
    CALLBACK_NAME = "sre_events"
    CALLBACK_NEEDS_ENABLED = True

    def __init__(self, *arguments, **named):
        super().__init__(*arguments, **named)
        threading.Thread(target=end_with_the_installer, daemon=True).start()

    def v2_playbook_on_play_start(self, play):
        hosts = [str(host) for host in play.get_variable_manager()._inventory.get_hosts(play.hosts)]
        roles = [role.get_name() for role in play.get_roles()]
        tell("play", name=play.get_name().strip(), hosts=hosts, roles=roles)

    def v2_playbook_on_task_start(self, task, is_conditional):
        tell("task", **task_of(task))

    def v2_playbook_on_handler_task_start(self, task):
        tell("task", **task_of(task))

    def v2_runner_on_ok(self, result):
        tell_result("changed" if answer_of(result).get("changed") else "ok", result)

    def v2_runner_item_on_ok(self, result):
        if answer_of(result).get("changed"):
            tell_result("item-changed", result)

    def v2_runner_item_on_failed(self, result):
        tell_result("item-failed", result)

    def v2_runner_on_failed(self, result, ignore_errors=False):
        tell_result("ignored" if ignore_errors else "failed", result)

    def v2_runner_on_unreachable(self, result):
        tell_result("unreachable", result)

    def v2_runner_on_skipped(self, result):
        tell_result("skipped", result)

    def v2_runner_retry(self, result):
        tell_result("retry", result)

    def v2_playbook_on_stats(self, stats):
        tell("stats", hosts={host: stats.summarize(host) for host in stats.processed})


def answer_of(result):
    """Gives what the module answered; newer versions of Ansible call it so."""
    return result.result if hasattr(result, "result") else result._result


def task_of(task):
    role = getattr(task, "_role", None)
    return {
        "role": role.get_name() if role else "",
        "task": task.name or task.action,
        "action": task.action,
    }


def tell_result(status, result):
    task = result.task if hasattr(result, "task") else result._task
    host = result.host if hasattr(result, "host") else result._host
    line = task_of(task)
    line.update(host=str(host), status=status)
    answer = answer_of(result)
    if task.no_log or answer.get("_ansible_no_log") or "censored" in answer:
        line["hidden"] = True
    else:
        line.update(told_of(answer, status))
    tell("result", **line)


def told_of(answer, status):
    """Gives what may be told: where a task worked, and why it failed."""
    arguments = (answer.get("invocation") or {}).get("module_args") or {}
    told = {key: short(arguments[key]) for key in TOLD if arguments.get(key) not in (None, "")}
    found = {"arguments": told} if told else {}
    if status in ("failed", "ignored", "unreachable", "item-failed", "retry"):
        words = [answer.get("msg"), answer.get("stderr"), answer.get("module_stderr")]
        found["message"] = short(" / ".join(str(word).strip() for word in words if word))
    return found


def short(value):
    text = value if isinstance(value, (list, bool, int)) else str(value)
    return text[:MOST] if isinstance(text, str) else text


def tell(event, **what):
    line = json.dumps({"sre": event, **what}, ensure_ascii=True, default=str)
    try:
        os.write(2, (line + "\n").encode())
    except OSError:
        pass  # Nobody listens any more; the leash ends this process.


def end_with_the_installer():
    """Reads until the other end of standard input is closed, then ends all processes of the run."""
    try:
        while os.read(0, 4096):
            pass
    except OSError:
        pass
    group = os.getpgid(0)
    os.killpg(group, signal.SIGTERM)
    time.sleep(GRACE)
    os.killpg(group, signal.SIGKILL)
