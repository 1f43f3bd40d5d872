output "machines" {
  description = "What Proxmox made: for each machine its number, its node, its address and the address of its network card."
  value       = module.machines.machines
}

output "template" {
  description = "The template that was made from `image`, if any."
  value       = module.machines.template
}
