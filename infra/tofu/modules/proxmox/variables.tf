variable "site" {
  description = "The name of the site. Machines are tagged with it, and say it in their notes."
  type        = string

  validation {
    condition     = can(regex("^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$", var.site))
    error_message = "A site has a name of 1 to 63 small letters, digits and hyphens, such as \"alpha\"."
  }
}

variable "machines" {
  description = <<-EOT
    The machines by their host names.

    role         "server" or "agent"; becomes a tag, and machines of one role are kept apart
    node         the node of Proxmox that it runs on; without it, `cluster_nodes` are taken in turn
    id           its number; Proxmox chooses unless given
    template     the name of the template that it is a clone of
    cores        processor cores
    memory       MiB
    storage      where its disks lie
    system_disk  GiB of the disk that comes from the template; it grows to this
    data_disk    GiB of a disk for /var/lib/rancher, serial "rancher"; none unless given
    audit_disk   GiB of a disk for /var/log/audit, serial "audit"; none unless given
    bridge       what its network card is plugged into
    vlan         the VLAN of that card
    mac          the address of that card; Proxmox chooses unless given
    mtu          the largest packet of that card; 1 takes that of the bridge
    address      its address with the length of the prefix, such as "10.50.0.11/24"
    gateway      the router, if there is one
    dns          addresses of DNS servers
    search       the domain in which short names are looked for
    user         the user that cloud-init makes; it has no password
    ssh_keys     who logs in as that user
    order        its place when Proxmox starts and stops machines
  EOT

  type = map(object({
    role        = string
    node        = optional(string)
    id          = optional(number)
    template    = string
    cores       = number
    memory      = number
    storage     = string
    system_disk = number
    data_disk   = optional(number)
    audit_disk  = optional(number)
    bridge      = string
    vlan        = optional(number)
    mac         = optional(string)
    mtu         = optional(number)
    address     = string
    gateway     = optional(string)
    dns         = optional(list(string), [])
    search      = optional(string)
    user        = string
    ssh_keys    = list(string)
    order       = optional(number)
  }))

  validation {
    condition     = alltrue([for name, _ in var.machines : can(regex("^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$", name))])
    error_message = "Machines are called by host names: 1 to 63 small letters, digits and hyphens."
  }

  validation {
    condition     = alltrue([for machine in var.machines : contains(["server", "agent"], machine.role)])
    error_message = "The role of a machine is \"server\" or \"agent\"."
  }

  validation {
    condition     = alltrue([for machine in var.machines : can(cidrnetmask(machine.address)) || can(cidrhost(machine.address, 1))])
    error_message = "The address of a machine has the length of its prefix, such as \"10.50.0.11/24\"."
  }

  validation {
    condition     = length(distinct([for machine in var.machines : machine.address])) == length(var.machines)
    error_message = "Two machines have the same address."
  }

  validation {
    condition     = alltrue([for machine in var.machines : length(machine.ssh_keys) > 0])
    error_message = "A machine without a key in ssh_keys could not be reached: no password is set."
  }

  validation {
    condition     = alltrue([for machine in var.machines : machine.cores >= 2 && machine.memory >= 4096 && machine.system_disk >= 20])
    error_message = "RKE2 wants 2 cores, 4096 MiB of memory and a disk of 20 GiB at least."
  }

  validation {
    condition     = alltrue([for machine in var.machines : machine.vlan == null || (coalesce(machine.vlan, 1) >= 1 && coalesce(machine.vlan, 1) <= 4094)])
    error_message = "A VLAN is a number from 1 to 4094."
  }

  validation {
    condition     = alltrue([for machine in var.machines : machine.mac == null || can(regex("^[0-9A-Fa-f][02468ACEace](:[0-9A-Fa-f]{2}){5}$", machine.mac))])
    error_message = "The address of a network card has six pairs of hexadecimal digits and is not that of a group, such as \"bc:24:11:00:00:01\"."
  }

  validation {
    condition     = alltrue([for name, machine in var.machines : machine.node != null || can(regex("[0-9]+$", name))])
    error_message = "A machine without a `node` has a name that ends in a number, such as \"server-1\": it says which of `cluster_nodes` is meant."
  }
}

variable "cluster_nodes" {
  description = <<-EOT
    Nodes of Proxmox for machines that name none: "server-1" runs on the first one, "server-2" on the second, and
    so on from the start. The number in the name decides, so that a new machine never moves an old one.
  EOT
  type        = list(string)
  default     = []
}

variable "image" {
  description = <<-EOT
    An image of an operating system to make a template from; without it, the template is there already.

    template         the name of the template; machines that name it are clones of it
    node             the node that it is made on
    file             the image on this machine, a qcow2 or raw file of the bundle
    sha256           its SHA-256, as the lock of the bundle has it; the upload is checked against it
    image_storage    where the file lies on Proxmox; its content must allow "import"
    storage          where the disk of the template lies
    id               the number of the template; Proxmox chooses unless given
  EOT
  type = object({
    template      = string
    node          = string
    file          = string
    sha256        = string
    image_storage = string
    storage       = string
    id            = optional(number)
  })
  default = null

  validation {
    condition     = var.image == null || can(regex("^[0-9a-f]{64}$", var.image.sha256))
    error_message = "A SHA-256 has 64 hexadecimal digits in small letters."
  }

  validation {
    condition     = var.image == null || can(regex("\\.(qcow2|raw)$", var.image.file))
    error_message = "Proxmox tells the format of an image by its name: it ends in .qcow2 or .raw."
  }
}

variable "firmware" {
  description = <<-EOT
    How machines start: "as-template" leaves what the template has; "secure-boot" is UEFI with the keys of Microsoft
    and of distributions; "uefi" is UEFI that starts anything; "bios" is the old way. A disk starts by the way
    that it was installed for. A template that is made from `image` has secure boot unless "uefi" or "bios" is said.
  EOT
  type        = string
  default     = "as-template"

  validation {
    condition     = contains(["as-template", "secure-boot", "uefi", "bios"], var.firmware)
    error_message = "The firmware is \"as-template\", \"secure-boot\", \"uefi\" or \"bios\"."
  }
}

variable "tpm" {
  description = "Whether each new machine gets a TPM 2.0 of its own, for measured boot and sealed keys. It is what is added last: a machine whose making was cut off lacks it, and is made anew."
  type        = bool
  default     = false
}

variable "cpu_type" {
  description = "The processor that machines see. \"host\" is the fastest and ties them to nodes of one kind; \"x86-64-v2-AES\" runs on any node since 2013."
  type        = string
  default     = "x86-64-v2-AES"
}

variable "pool" {
  description = "The pool of Proxmox that machines belong to; it is there already. A token may be confined to it."
  type        = string
  default     = null
}

variable "firewall" {
  description = "Whether the firewall of Proxmox watches the network cards; its rules are none of this module's."
  type        = bool
  default     = false
}

variable "agent" {
  description = <<-EOT
    Whether the template has the guest agent of QEMU running, and how long it is waited for when a machine starts.
    With an agent that does not answer, each run waits so long for each machine.
  EOT
  type = object({
    enabled = optional(bool, true)
    timeout = optional(string, "5m")
  })
  default = {}

  validation {
    condition     = can(regex("^[0-9]+[smh]$", var.agent.timeout))
    error_message = "A time is a number with its unit, such as \"5m\"."
  }
}

variable "protection" {
  description = "Whether machines are kept from being destroyed, by OpenTofu and by Proxmox itself. Only who means to destroy them says false."
  type        = bool
  default     = true
}

variable "reboot_for_changes" {
  description = "Whether a change that needs it restarts a running machine at once. A node of a cluster is drained first, so nobody but you does it."
  type        = bool
  default     = false
}

variable "tags" {
  description = "More tags for all machines."
  type        = list(string)
  default     = []

  validation {
    condition     = alltrue([for tag in var.tags : can(regex("^[a-z0-9_][a-z0-9_.+-]*$", tag))])
    error_message = "A tag has small letters, digits, `_`, `.`, `+` and `-`."
  }
}
