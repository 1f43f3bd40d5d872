# A template from an image of the bundle, where there is none yet. Everything goes through the API: no SSH.

locals {
  template_is_uefi = var.firmware != "bios"
}

resource "proxmox_virtual_environment_file" "image" {
  count = var.image == null ? 0 : 1

  content_type = "import"
  datastore_id = var.image.image_storage
  node_name    = var.image.node

  source_file {
    path     = var.image.file
    checksum = var.image.sha256
  }
}

resource "proxmox_virtual_environment_vm" "template" {
  count = var.image == null ? 0 : 1

  name        = var.image.template
  description = "Made by SRE from ${basename(var.image.file)}, sha256:${var.image.sha256}."
  tags        = sort(distinct(concat(["sre", "template"], var.tags)))
  node_name   = var.image.node
  vm_id       = var.image.id
  pool_id     = var.pool

  template        = true
  started         = false
  on_boot         = false
  protection      = var.protection
  machine         = local.template_is_uefi ? "q35" : null
  bios            = local.template_is_uefi ? "ovmf" : "seabios"
  scsi_hardware   = "virtio-scsi-single"
  boot_order      = ["scsi0"]
  stop_on_destroy = true

  cpu {
    type  = var.cpu_type
    cores = 2
  }

  memory {
    dedicated = 4096
  }

  dynamic "efi_disk" {
    for_each = local.template_is_uefi ? [true] : []

    content {
      datastore_id      = var.image.storage
      type              = "4m"
      pre_enrolled_keys = var.firmware != "uefi"
    }
  }

  disk {
    interface    = "scsi0"
    datastore_id = var.image.storage
    import_from  = proxmox_virtual_environment_file.image[0].id
    iothread     = true
    discard      = "on"
  }

  agent {
    enabled = var.agent.enabled
  }

  operating_system {
    type = "l26"
  }

  serial_device {}

  lifecycle {
    prevent_destroy = var.protection
  }
}
