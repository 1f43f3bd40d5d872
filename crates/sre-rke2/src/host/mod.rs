//! What the host itself needs before RKE2 starts.

mod default_route;
mod etcd_user;
mod fapolicyd;
mod network_manager;
mod sysctl;

pub use default_route::{DEFAULT_ROUTE_UNIT, default_route_unit};
pub use etcd_user::{ETCD_USER, SystemUser};
pub use fapolicyd::{FAPOLICYD_RULES, fapolicyd_rules};
pub use network_manager::{NETWORK_MANAGER, network_manager};
pub use sysctl::{KERNEL_SETTINGS, SYSCTL, sysctl};
