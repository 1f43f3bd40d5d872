"""The calls for machines."""

from refusal import failed


def undoing(work):
    """Makes the work of a task out of a function: a fault fails before anything is done."""

    def done(failure):
        if failure:
            raise failed(failure)
        work()

    return done


class MachineCalls:
    """Calls below `/nodes/NODE/qemu`."""

    TABLE = (
        ("GET /nodes/(N)/qemu", "machines_of"),
        ("POST /nodes/(N)/qemu", "create"),
        ("DELETE /nodes/(N)/qemu/(V)", "delete"),
        ("GET /nodes/(N)/qemu/(V)/config", "config"),
        ("PUT /nodes/(N)/qemu/(V)/config", "change"),
        ("POST /nodes/(N)/qemu/(V)/config", "change_by_task"),
        ("GET /nodes/(N)/qemu/(V)/pending", "pending"),
        ("PUT /nodes/(N)/qemu/(V)/cloudinit", "remake_cloud_init"),
        ("POST /nodes/(N)/qemu/(V)/clone", "clone"),
        ("POST /nodes/(N)/qemu/(V)/migrate", "migrate"),
        ("POST /nodes/(N)/qemu/(V)/template", "make_template"),
        ("PUT /nodes/(N)/qemu/(V)/resize", "resize"),
        ("POST /nodes/(N)/qemu/(V)/move_disk", "move"),
        ("GET /nodes/(N)/qemu/(V)/status/current", "status"),
        ("POST /nodes/(N)/qemu/(V)/status/(start|stop|shutdown|reboot|reset)", "power"),
        ("GET /nodes/(N)/qemu/(V)/agent/network-get-interfaces", "interfaces"),
    )

    def found(self, node, number):
        return self.cluster.machine(node, int(number))

    def machines_of(self, _, node):
        self.cluster.node(node)
        return [machine.status() for machine in self.cluster.on(node)]

    def create(self, call, node):
        form = dict(call.form)
        number, pool = int(form.pop("vmid")), form.pop("pool", None)
        is_on = form.pop("start", "0") == "1"
        machine = self.made(number, node, pool)

        def work(failure):
            try:
                undoing(lambda: machine.set(form, is_new=True))(failure)
            except Exception:
                self.cluster.remove(machine)
                raise
            machine.lock, machine.running = None, is_on

        machine.lock = "create"
        return self.begin(call, node, "qmcreate", number, work)

    def made(self, number, node, pool):
        if pool and pool not in self.cluster.pools:
            raise failed(f"pool '{pool}' does not exist")
        machine = self.cluster.new(number, node)
        if pool:
            self.cluster.pools[pool].add(number)
        return machine

    def clone(self, call, node, number):
        form, template = call.form, self.found(node, number)
        if (wanted := form.get("target")) and wanted != node:
            raise failed(f"Can't clone VM to node '{wanted}' (VM uses local storage)")
        template.need_no_lock()
        machine = self.made(int(form["newid"]), node, form.get("pool"))
        machine.lock = "clone"
        machine.config.update({key: form[key] for key in ("name", "description") if key in form})

        def work(failure):
            try:
                undoing(lambda: machine.copy(template, form.get("storage")))(failure)
            except Exception as error:
                self.cluster.remove(machine)
                raise failed(f"clone failed: {error}") from error
            machine.lock = None

        return self.begin(call, node, "qmclone", number, work)

    def delete(self, call, node, number):
        machine = self.found(node, number)
        machine.need_no_lock()
        machine.need_no_protection(f"can't remove VM {number}")
        if machine.running:
            raise failed(f"VM {number} is running - destroy failed")
        return self.begin(call, node, "qmdestroy", number, undoing(lambda: self.cluster.remove(machine)))

    def config(self, call, node, number):
        machine = self.found(node, number)
        return dict(machine.config) if call.form.get("current") == "1" else machine.seen()

    def pending(self, _, node, number):
        return self.found(node, number).pending()

    def remake_cloud_init(self, _, node, number):
        """Nothing reads the drive, so there is nothing to write on it."""
        self.found(node, number).need_no_lock()

    def change(self, call, node, number):
        form = dict(call.form)
        deleted = [key for key in form.pop("delete", "").split(",") if key]
        for word in ("digest", "skiplock", "force", "revert", "background_delay"):
            form.pop(word, None)
        if call.failure:
            raise failed(call.failure)
        self.found(node, number).set(form, deleted)

    def change_by_task(self, call, node, number):
        failure, call.failure = call.failure, None
        machine = self.found(node, number)
        machine.need_no_lock()
        work = undoing(lambda: self.change(call, node, number))
        return self.cluster.tasks.begin(node, "qmconfig", number, call.who, work, failure)

    def migrate(self, call, node, number):
        machine, target = self.found(node, number), call.form["target"]
        machine.need_no_lock()
        self.cluster.node(target)
        storage = call.form.get("targetstorage")
        return self.begin(call, node, "qmigrate", number,
                          undoing(lambda: self.cluster.migrate(machine, target, storage)))

    def make_template(self, call, node, number):
        machine = self.found(node, number)
        work = undoing(lambda: machine.config.update(template=1))
        return self.begin(call, node, "qmtemplate", number, work)

    def resize(self, call, node, number):
        machine, disk = self.found(node, number), call.form["disk"]
        if disk not in machine.config:
            raise failed(f"disk '{disk}' does not exist")
        work = undoing(lambda: machine.resize(disk, call.form["size"]))
        return self.begin(call, node, "resize", number, work)

    def move(self, call, node, number):
        machine, form = self.found(node, number), call.form
        work = undoing(lambda: machine.move(form["disk"], form["storage"]))
        return self.begin(call, node, "qmmove", number, work)

    def status(self, _, node, number):
        machine = self.found(node, number)
        return {**machine.status(), **({"agent": 1} if self.has_agent(machine) else {})}

    def power(self, call, node, number, verb):
        machine = self.found(node, number)
        machine.need_no_lock()
        if verb == "start" and machine.running:
            raise failed(f"VM {number} already running")
        if verb == "start" and machine.is_template():
            raise failed("you can't start a vm if it's a template")
        if verb in ("reboot", "reset") and not machine.running:
            raise failed(f"VM {number} not running")

        def work():
            machine.running = False
            if verb in ("start", "reboot"):
                machine.start()
            elif verb == "reset":
                machine.running = True

        return self.begin(call, node, f"qm{verb}", number, undoing(work))

    @staticmethod
    def has_agent(machine):
        first = str(machine.config.get("agent", "0")).split(",")[0]
        return first in ("1", "enabled=1")

    def interfaces(self, _, node, number):
        machine = self.found(node, number)
        if not machine.running:
            raise failed(f"VM {number} is not running")
        if not self.has_agent(machine):
            raise failed("No QEMU guest agent configured")
        if self.control.get("agent", None) == "silent":
            raise failed("QEMU guest agent is not running")
        return {"result": machine.interfaces()}
