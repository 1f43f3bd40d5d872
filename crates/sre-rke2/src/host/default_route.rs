//! A default route for hosts without one, to nowhere.
//!
//! RKE2 finds the node's address by the default route, and kube-proxy's service addresses need one,
//! too. A host without a network outside has none; the one made here leads to a dummy interface.

/// The unit, where systemd finds it.
pub const DEFAULT_ROUTE_UNIT: &str = "/etc/systemd/system/sre-default-route.service";

/// An address of TEST-NET-3 (RFC 5737), which belongs to nobody and overlaps nothing real.
const ADDRESS: &str = "203.0.113.254/31";
/// The other address of that pair, where nobody answers.
const GATEWAY: &str = "203.0.113.255";
/// Any real default route has a lower metric and wins.
const METRIC: u32 = 4_294_967_294;

/// Renders a unit that makes the route before RKE2 starts, after every boot.
///
/// Each command may run again: `replace` changes what is there, and only `add` may fail.
#[must_use]
pub fn default_route_unit() -> String {
    format!(
        "# Written by sre-install, for a host without a default route.\n\
         [Unit]\n\
         Description=Default route to nowhere, which RKE2 needs\n\
         After=network.target\n\
         Before=rke2-server.service rke2-agent.service\n\
         \n\
         [Service]\n\
         Type=oneshot\n\
         RemainAfterExit=yes\n\
         ExecStart=-/sbin/ip link add sre-nowhere type dummy\n\
         ExecStart=/sbin/ip link set sre-nowhere up\n\
         ExecStart=/sbin/ip address replace {ADDRESS} dev sre-nowhere\n\
         ExecStart=/sbin/ip route replace default via {GATEWAY} dev sre-nowhere metric {METRIC}\n\
         ExecStop=/sbin/ip link delete sre-nowhere\n\
         \n\
         [Install]\n\
         WantedBy=multi-user.target\n\
         RequiredBy=rke2-server.service rke2-agent.service\n"
    )
}
