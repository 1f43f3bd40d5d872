//! From a bundle to hardened hosts with a joined cluster, with nothing but our own programs and what the bundle
//! carries.

mod cluster;
mod faults;
mod harden;
mod secrets;
mod standing;
