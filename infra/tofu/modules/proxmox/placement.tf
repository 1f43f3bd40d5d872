# Which node of Proxmox each machine runs on, and which template it is a clone of.

data "proxmox_virtual_environment_nodes" "all" {}

data "proxmox_virtual_environment_vms" "all" {}

locals {
  online = [
    for place, name in data.proxmox_virtual_environment_nodes.all.names : name
    if data.proxmox_virtual_environment_nodes.all.online[place]
  ]

  # The number at the end of a name, so that no machine moves when others come or go.
  number = { for name, _ in var.machines : name => try(parseint(regex("[0-9]+$", name), 10), 1) }
  node = {
    for name, machine in var.machines : name => (
      machine.node != null || length(var.cluster_nodes) == 0
      ? machine.node
      : var.cluster_nodes[(local.number[name] + length(var.cluster_nodes) - 1) % length(var.cluster_nodes)]
    )
  }

  there = {
    for one in data.proxmox_virtual_environment_vms.all.vms : one.name => { id = one.vm_id, node = one.node_name }...
    if one.template
  }
  made = {
    for template in proxmox_virtual_environment_vm.template : template.name => [{
      id = template.vm_id, node = template.node_name
    }]
  }
  templates = merge(local.there, local.made)

  # Where each node has a template of that name, no disk has to travel.
  template = {
    for name, machine in var.machines : name => try(
      [for one in local.templates[machine.template] : one if one.node == local.node[name]][0],
      local.templates[machine.template][0],
      null,
    )
  }

  standing = [for one in data.proxmox_virtual_environment_vms.all.vms : one.name if !one.template]

  # Machines that were made by a run that was killed before it could write them down. Tags come with all that a
  # machine is born with, so one that has ours needs no more than a change; and no machine of somebody else has
  # a name, a number and a tag of ours.
  found = {
    for one in data.proxmox_virtual_environment_vms.all.vms : one.name => "${one.node_name}/${one.vm_id}"
    if contains(one.tags, "sre-${var.site}") && try(var.machines[one.name].id == one.vm_id, false)
  }

  # Machines whose number somebody else has, with what that is called.
  taken = merge([
    for one in data.proxmox_virtual_environment_vms.all.vms : {
      for name, machine in var.machines : name => one.name if machine.id == one.vm_id && name != one.name
    }
  ]...)

  servers_on = {
    for name, machine in var.machines : coalesce(local.node[name], "none") => name... if machine.role == "server"
  }
}

check "servers_are_apart" {
  assert {
    condition     = length(local.online) < 2 || alltrue([for _, names in local.servers_on : length(names) == 1])
    error_message = "Servers share a node of Proxmox, so one loss takes several: ${join("; ", [for node, names in local.servers_on : "${node}: ${join(", ", names)}" if length(names) > 1])}. Give each a node of its own."
  }
}
