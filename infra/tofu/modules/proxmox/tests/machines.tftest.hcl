# What the module plans, without a Proxmox: the provider's schema is real, its answers are made up.

mock_provider "proxmox" {
  mock_data "proxmox_virtual_environment_nodes" {
    defaults = {
      names  = ["pve1", "pve2", "pve3"]
      online = [true, true, false]
    }
  }

  mock_resource "proxmox_virtual_environment_file" {
    defaults = {
      id = "local:import/rocky9.qcow2"
    }
  }

  mock_data "proxmox_virtual_environment_vms" {
    defaults = {
      vms = [
        { name = "rocky9", vm_id = 9000, node_name = "pve1", status = "stopped", tags = [], template = true },
        { name = "rocky9", vm_id = 9001, node_name = "pve2", status = "stopped", tags = [], template = true },
        { name = "theirs", vm_id = 300, node_name = "pve2", status = "running", tags = [], template = false },
      ]
    }
  }
}

variables {
  site          = "alpha"
  cluster_nodes = ["pve1", "pve2"]
  machines = {
    server-1 = {
      role     = "server", template = "rocky9", cores = 4, memory = 8192, storage = "local-lvm", system_disk = 60
      bridge   = "vmbr0", vlan = 20, mac = "bc:24:11:00:00:01", mtu = 1, address = "10.50.0.11/24", gateway = "10.50.0.1"
      dns      = ["10.50.0.2"], search = "alpha.example", user = "sre"
      ssh_keys = ["ssh-ed25519 AAAA sre\n"], order = 1, data_disk = 100, audit_disk = 10
    }
    server-2 = {
      role = "server", template = "rocky9", cores = 4, memory = 8192, storage = "local-lvm", system_disk = 60
      node = "pve2", bridge = "vmbr0", address = "fd00:50::12/64", user = "sre", ssh_keys = ["ssh-ed25519 AAAA sre"]
    }
  }
}

run "plans_machines_as_they_are_described" {
  command = plan

  assert {
    condition     = proxmox_virtual_environment_vm.machine["server-1"].node_name == "pve1"
    error_message = "a machine without a node is placed by its number"
  }

  assert {
    condition     = proxmox_virtual_environment_vm.machine["server-2"].clone[0].vm_id == 9001
    error_message = "the template of its own node is taken first"
  }

  assert {
    condition = [for disk in proxmox_virtual_environment_vm.machine["server-1"].disk : "${disk.interface} ${disk.size} ${disk.serial}"] == [
      "scsi0 60 system", "scsi1 100 rancher", "scsi2 10 audit",
    ]
    error_message = "disks are in their order"
  }

  assert {
    condition     = length(proxmox_virtual_environment_vm.machine["server-2"].disk) == 1
    error_message = "disks that are not wanted are not there"
  }

  assert {
    condition     = proxmox_virtual_environment_vm.machine["server-1"].network_device[0].vlan_id == 20
    error_message = "the card is in its VLAN"
  }

  assert {
    condition     = proxmox_virtual_environment_vm.machine["server-2"].initialization[0].ip_config[0].ipv6[0].address == "fd00:50::12/64"
    error_message = "an address of IPv6 is one"
  }

  assert {
    condition     = proxmox_virtual_environment_vm.machine["server-1"].initialization[0].user_account[0].keys == tolist(["ssh-ed25519 AAAA sre"])
    error_message = "keys have no end of line"
  }

  assert {
    condition     = tolist(proxmox_virtual_environment_vm.machine["server-1"].tags) == tolist(["server", "sre", "sre-alpha"])
    error_message = "tags are sorted"
  }

  assert {
    condition     = alltrue([for machine in proxmox_virtual_environment_vm.machine : machine.protection && !machine.reboot_after_update])
    error_message = "machines are protected, and nothing restarts them"
  }
}

run "tells_of_a_node_that_is_off" {
  command = plan

  variables {
    machines = {
      server-1 = {
        role    = "server", node = "pve3", template = "rocky9", cores = 4, memory = 8192, storage = "local-lvm"
        address = "10.50.0.11/24", system_disk = 60, bridge = "vmbr0", user = "sre", ssh_keys = ["ssh-ed25519 AAAA sre"]
      }
    }
  }

  expect_failures = [proxmox_virtual_environment_vm.machine["server-1"]]
}

run "tells_of_a_template_that_is_not_there" {
  command = plan

  variables {
    machines = {
      server-1 = {
        role    = "server", node = "pve1", template = "rocky10", cores = 4, memory = 8192, storage = "local-lvm"
        address = "10.50.0.11/24", system_disk = 60, bridge = "vmbr0", user = "sre", ssh_keys = ["ssh-ed25519 AAAA sre"]
      }
    }
  }

  expect_failures = [proxmox_virtual_environment_vm.machine["server-1"]]
}

run "tells_of_a_number_that_somebody_else_has" {
  command = plan

  variables {
    machines = {
      server-1 = {
        role    = "server", node = "pve1", id = 300, template = "rocky9", cores = 4, memory = 8192, storage = "local-lvm"
        address = "10.50.0.11/24", system_disk = 60, bridge = "vmbr0", user = "sre", ssh_keys = ["ssh-ed25519 AAAA sre"]
      }
    }
  }

  expect_failures = [proxmox_virtual_environment_vm.machine["server-1"]]
}

run "warns_of_servers_on_one_node" {
  command = plan

  variables {
    cluster_nodes = ["pve2"]
  }

  expect_failures = [check.servers_are_apart]
}

run "refuses_an_address_without_a_prefix" {
  command = plan

  variables {
    machines = {
      server-1 = {
        role    = "server", node = "pve1", template = "rocky9", cores = 4, memory = 8192, storage = "local-lvm"
        address = "10.50.0.11", system_disk = 60, bridge = "vmbr0", user = "sre", ssh_keys = ["ssh-ed25519 AAAA sre"]
      }
    }
  }

  expect_failures = [var.machines]
}

run "refuses_a_machine_that_nobody_could_reach" {
  command = plan

  variables {
    machines = {
      server-1 = {
        role    = "server", node = "pve1", template = "rocky9", cores = 4, memory = 8192, storage = "local-lvm"
        address = "10.50.0.11/24", system_disk = 60, bridge = "vmbr0", user = "sre", ssh_keys = []
      }
    }
  }

  expect_failures = [var.machines]
}

run "refuses_a_machine_that_is_too_small" {
  command = plan

  variables {
    machines = {
      server-1 = {
        role    = "server", node = "pve1", template = "rocky9", cores = 4, memory = 2048, storage = "local-lvm"
        address = "10.50.0.11/24", system_disk = 60, bridge = "vmbr0", user = "sre", ssh_keys = ["ssh-ed25519 AAAA sre"]
      }
    }
  }

  expect_failures = [var.machines]
}

run "makes_a_template_with_secure_boot_from_an_image" {
  command = plan

  variables {
    image = {
      template = "rocky9-new", node = "pve1", file = "rocky9.qcow2", image_storage = "local", storage = "local-lvm"
      sha256   = "0000000000000000000000000000000000000000000000000000000000000000"
    }
  }

  assert {
    condition     = proxmox_virtual_environment_vm.template[0].efi_disk[0].pre_enrolled_keys
    error_message = "a template starts what is signed"
  }
}

run "refuses_an_image_whose_format_its_name_does_not_say" {
  command = plan

  variables {
    image = {
      template = "rocky9-new", node = "pve1", file = "rocky9.img", image_storage = "local", storage = "local-lvm"
      sha256   = "0000000000000000000000000000000000000000000000000000000000000000"
    }
  }

  expect_failures = [var.image]
}
