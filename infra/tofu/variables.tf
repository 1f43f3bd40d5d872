# What the machines are made of is described, typed and checked in modules/proxmox/variables.tf.

variable "endpoint" {
  description = "The API of Proxmox, such as \"https://pve1.alpha.example:8006\". Nothing else is contacted."
  type        = string

  validation {
    condition     = startswith(var.endpoint, "https://")
    error_message = "The token would travel in clear text: the endpoint begins with https://."
  }
}

variable "proxmox_token" {
  description = "The token of the API, \"user@realm!id=uuid\", as TF_VAR_proxmox_token; or give it as PROXMOX_VE_API_TOKEN. It is written neither into plans nor into the state."
  type        = string
  default     = null
  sensitive   = true
  ephemeral   = true
}

variable "insecure" {
  description = "Whether any certificate is believed. Only for a lab: whoever is in between then has the token. Name the authority in SSL_CERT_FILE instead."
  type        = bool
  default     = false
}

variable "site" {
  description = "The name of the site."
  type        = string
}

variable "machines" {
  description = "The machines by their names."
  type        = any
}

variable "cluster_nodes" {
  description = "Nodes of Proxmox for machines that name none."
  type        = list(string)
  default     = []
}

variable "image" {
  description = "An image to make a template from."
  type        = any
  default     = null
}

variable "firmware" {
  description = "How machines start: as-template, secure-boot, uefi or bios."
  type        = string
  default     = "as-template"
}

variable "tpm" {
  description = "Whether each new machine gets a TPM 2.0."
  type        = bool
  default     = false
}

variable "cpu_type" {
  description = "The processor that machines see."
  type        = string
  default     = "x86-64-v2-AES"
}

variable "pool" {
  description = "The pool of Proxmox that machines belong to."
  type        = string
  default     = null
}

variable "firewall" {
  description = "Whether the firewall of Proxmox watches the network cards."
  type        = bool
  default     = false
}

variable "agent" {
  description = "Whether the template has the guest agent running, and how long it is waited for."
  type        = any
  default     = {}
}

variable "protection" {
  description = "Whether machines are kept from being destroyed. Only who means to destroy them says false."
  type        = bool
  default     = true
}

variable "reboot_for_changes" {
  description = "Whether a change that needs it restarts a running machine at once."
  type        = bool
  default     = false
}

variable "tags" {
  description = "More tags for all machines."
  type        = list(string)
  default     = []
}
