terraform {
  # Protection is a variable, which older ones refuse; tokens are ephemeral, which 1.10 does not know.
  required_version = ">= 1.12.0"

  required_providers {
    proxmox = {
      source = "registry.opentofu.org/bpg/proxmox"
      # Before 1.0 its minor versions change what resources mean; manifest.toml carries this one.
      version = "0.111.1"
    }
  }
}
