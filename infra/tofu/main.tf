# The machines of a site on Proxmox VE, of the site.auto.tfvars.json that `sre-install plan --files` writes.

terraform {
  required_version = ">= 1.12.0"

  required_providers {
    proxmox = {
      source  = "registry.opentofu.org/bpg/proxmox"
      version = "0.111.1"
    }
  }

  # The path is given at init: the state of a site lies beside its receipts, not here.
  backend "local" {}
}

provider "proxmox" {
  endpoint  = var.endpoint
  api_token = var.proxmox_token
  insecure  = var.insecure
}

module "machines" {
  source = "./modules/proxmox"

  site               = var.site
  machines           = var.machines
  cluster_nodes      = var.cluster_nodes
  image              = var.image
  firmware           = var.firmware
  tpm                = var.tpm
  cpu_type           = var.cpu_type
  pool               = var.pool
  firewall           = var.firewall
  agent              = var.agent
  protection         = var.protection
  reboot_for_changes = var.reboot_for_changes
  tags               = var.tags
}

# What a killed run has made and not written down is taken over. For what the state has, this does nothing.
import {
  for_each = module.machines.found
  to       = module.machines.proxmox_virtual_environment_vm.machine[each.key]
  id       = each.value
}
