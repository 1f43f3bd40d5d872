//! Machines on Proxmox VE: the real OpenTofu and the real provider against a stand-in of the API.

mod apply;
mod faults;
mod machines;
mod modules;
mod site;
mod template;
