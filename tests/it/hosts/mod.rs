//! From a bundle to a hardened host, with nothing but our own programs, Ansible and what the bundle carries.

mod harden;
