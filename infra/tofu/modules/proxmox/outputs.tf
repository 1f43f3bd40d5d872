output "machines" {
  description = "What Proxmox made: for each machine its number, its node, its address without the prefix, and the address of its network card."
  value = {
    for name, machine in proxmox_virtual_environment_vm.machine : name => {
      id      = machine.vm_id
      node    = machine.node_name
      address = split("/", var.machines[name].address)[0]
      mac     = try(lower(machine.network_device[0].mac_address), null)
    }
  }
}

output "template" {
  description = "The template that was made from `image`: its number and its node; null where there was one already."
  value       = one([for template in proxmox_virtual_environment_vm.template : { id = template.vm_id, node = template.node_name }])
}

output "found" {
  description = "Machines of Proxmox with a name, a number and the tag of ours, as `NODE/NUMBER`: those that a killed run has left are taken over by import."
  value       = local.found
}
