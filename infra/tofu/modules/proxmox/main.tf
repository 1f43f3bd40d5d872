locals {
  # Both ends of the address: IPv4 and IPv6 have blocks of their own in cloud-init.
  is_ipv6 = { for name, machine in var.machines : name => strcontains(machine.address, ":") }
  is_uefi = contains(["secure-boot", "uefi"], var.firmware)

  disks = {
    for name, machine in var.machines : name => [
      for disk in [
        { interface = "scsi0", size = machine.system_disk, serial = "system" },
        { interface = "scsi1", size = machine.data_disk, serial = "rancher" },
        { interface = "scsi2", size = machine.audit_disk, serial = "audit" },
      ] : disk if disk.size != null
    ]
  }
}

resource "proxmox_virtual_environment_vm" "machine" {
  for_each = var.machines

  name        = each.key
  description = "Node ${each.key} of the site ${var.site}, kept by SRE with OpenTofu: what is changed here by hand is changed back."
  # Proxmox sorts tags, and would show a difference for ever.
  tags      = sort(distinct(concat(["sre", "sre-${var.site}", each.value.role], var.tags)))
  node_name = local.node[each.key]
  vm_id     = each.value.id
  pool_id   = var.pool

  started             = true
  on_boot             = true
  protection          = var.protection
  reboot_after_update = var.reboot_for_changes
  # Another node in the site moves the machine there; it would be destroyed and made anew otherwise.
  migrate = true
  # Without a guest agent nobody answers a shutdown.
  stop_on_destroy = !var.agent.enabled

  machine       = local.is_uefi ? "q35" : null
  bios          = local.is_uefi ? "ovmf" : var.firmware == "bios" ? "seabios" : null
  scsi_hardware = "virtio-scsi-single"
  boot_order    = ["scsi0"]

  clone {
    # A machine that stands needs its template no more, and what stands here then is not looked at.
    vm_id        = try(local.template[each.key].id, 100)
    node_name    = try(local.template[each.key].node, null)
    datastore_id = each.value.storage
    full         = true
    # With more, the provider takes "already exists" at its second attempt for the work of its first one, and
    # goes on with the machine of somebody else.
    retries = 1
  }

  cpu {
    type  = var.cpu_type
    cores = each.value.cores
  }

  memory {
    dedicated = each.value.memory
  }

  dynamic "efi_disk" {
    for_each = local.is_uefi ? [true] : []

    content {
      datastore_id      = each.value.storage
      type              = "4m"
      pre_enrolled_keys = var.firmware == "secure-boot"
    }
  }

  dynamic "tpm_state" {
    for_each = var.tpm ? [true] : []

    content {
      datastore_id = each.value.storage
      version      = "v2.0"
    }
  }

  dynamic "disk" {
    for_each = local.disks[each.key]

    content {
      interface    = disk.value.interface
      datastore_id = each.value.storage
      size         = disk.value.size
      serial       = disk.value.serial
      iothread     = true
      discard      = "on"
    }
  }

  network_device {
    bridge      = each.value.bridge
    vlan_id     = each.value.vlan
    mac_address = each.value.mac == null ? null : upper(each.value.mac)
    mtu         = each.value.mtu
    firewall    = var.firewall
  }

  initialization {
    datastore_id = each.value.storage
    interface    = "ide2"
    # Packages come from the seed server once the host is hardened; before that there is nobody to ask.
    upgrade = false

    dynamic "dns" {
      for_each = length(each.value.dns) > 0 || each.value.search != null ? [true] : []

      content {
        servers = each.value.dns
        domain  = each.value.search
      }
    }

    ip_config {
      dynamic "ipv4" {
        for_each = local.is_ipv6[each.key] ? [] : [true]

        content {
          address = each.value.address
          gateway = each.value.gateway
        }
      }

      dynamic "ipv6" {
        for_each = local.is_ipv6[each.key] ? [true] : []

        content {
          address = each.value.address
          gateway = each.value.gateway
        }
      }
    }

    user_account {
      username = each.value.user
      keys     = [for key in each.value.ssh_keys : trimspace(key)]
    }
  }

  agent {
    enabled = var.agent.enabled
    timeout = var.agent.timeout
    trim    = true
  }

  startup {
    order = each.value.order
  }

  operating_system {
    type = "l26"
  }

  serial_device {}

  lifecycle {
    # OpenTofu refuses before anything is touched; the flag of Proxmox refuses to everybody else.
    prevent_destroy = var.protection
    # What a machine is born with is for new machines alone. A new template would have the old ones destroyed;
    # other firmware would not start their disks; a new TPM has none of their keys; and cloud-init takes a
    # machine whose data has changed for a new one, and gives it new keys of SSH.
    ignore_changes = [clone, bios, machine, efi_disk, tpm_state, initialization]

    precondition {
      condition     = local.node[each.key] != null
      error_message = "${each.key} has no `node`, and `cluster_nodes` is empty."
    }

    precondition {
      condition     = local.node[each.key] == null || contains(local.online, coalesce(local.node[each.key], "-"))
      error_message = "${each.key} belongs on ${coalesce(local.node[each.key], "-")}, which is no node of this Proxmox that is on. On are: ${join(", ", local.online)}."
    }

    precondition {
      condition     = !contains(keys(local.taken), each.key)
      error_message = "The number ${coalesce(each.value.id, 0)} of ${each.key} is that of another machine of this Proxmox, \"${try(local.taken[each.key], "")}\". Give it another id."
    }

    precondition {
      condition     = local.template[each.key] != null || contains(local.standing, each.key)
      error_message = "There is no template \"${each.value.template}\" for ${each.key}. Templates that the token sees: ${join(", ", sort(keys(local.templates)))}."
    }
  }
}
