# A lab on Proxmox VE without a site file: some small machines in a row, which may be destroyed again.

terraform {
  required_version = ">= 1.12.0"

  required_providers {
    proxmox = {
      source  = "registry.opentofu.org/bpg/proxmox"
      version = "0.111.1"
    }
  }

  backend "local" {}
}

provider "proxmox" {
  endpoint = var.endpoint
  insecure = var.insecure
}

locals {
  # Servers have the first addresses, agents follow.
  names = concat(
    [for number in range(1, var.servers + 1) : { name = "server-${number}", role = "server" }],
    [for number in range(1, var.agents + 1) : { name = "agent-${number}", role = "agent" }],
  )
  prefix = split("/", var.subnet)[1]
}

module "machines" {
  source = "../../modules/proxmox"

  site          = "lab"
  cluster_nodes = var.cluster_nodes
  protection    = false
  agent         = { enabled = var.agent }

  machines = {
    for place, machine in local.names : machine.name => {
      role        = machine.role
      template    = var.template
      cores       = 4
      memory      = 8192
      storage     = var.storage
      system_disk = 60
      bridge      = var.bridge
      address     = "${cidrhost(var.subnet, var.first_address + place)}/${local.prefix}"
      gateway     = var.gateway
      dns         = var.dns
      user        = "sre"
      ssh_keys    = [file(var.ssh_key)]
      order       = place + 1
    }
  }
}

output "machines" {
  description = "What Proxmox made."
  value       = module.machines.machines
}
