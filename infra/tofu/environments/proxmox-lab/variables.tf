variable "endpoint" {
  description = "The API of Proxmox, such as \"https://pve1.lab.example:8006\". The token is given as PROXMOX_VE_API_TOKEN."
  type        = string
}

variable "insecure" {
  description = "Whether any certificate is believed."
  type        = bool
  default     = false
}

variable "cluster_nodes" {
  description = "The nodes of Proxmox that machines are spread over, in turn."
  type        = list(string)

  validation {
    condition     = length(var.cluster_nodes) > 0
    error_message = "Name at least one node of Proxmox."
  }
}

variable "servers" {
  description = "How many servers: one, three or five."
  type        = number
  default     = 3

  validation {
    condition     = contains([1, 3, 5], var.servers)
    error_message = "etcd needs more than half of its members: take one, three or five servers."
  }
}

variable "agents" {
  description = "How many agents."
  type        = number
  default     = 0
}

variable "template" {
  description = "The name of the template."
  type        = string
}

variable "agent" {
  description = "Whether the template has the guest agent running."
  type        = bool
  default     = true
}

variable "storage" {
  description = "Where disks lie."
  type        = string
  default     = "local-lvm"
}

variable "bridge" {
  description = "What network cards are plugged into."
  type        = string
  default     = "vmbr0"
}

variable "subnet" {
  description = "The range of addresses, such as \"10.60.0.0/24\"."
  type        = string
}

variable "first_address" {
  description = "The place in the range of the first server; the others follow."
  type        = number
  default     = 11
}

variable "gateway" {
  description = "The router, if there is one."
  type        = string
  default     = null
}

variable "dns" {
  description = "Addresses of DNS servers."
  type        = list(string)
  default     = []
}

variable "ssh_key" {
  description = "The file of the public key that logs in as the user \"sre\"."
  type        = string
}
