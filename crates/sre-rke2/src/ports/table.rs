//! The table of ports.

use super::Protocol::{Tcp, Udp};
use super::When::{self, Always, EmbeddedRegistry, VirtualAddress, WireGuard};
use super::{Port, Protocol, Source};
use crate::specification::Cni::{Calico, Canal, Cilium, Flannel};
use crate::specification::Role;

const SERVERS: &[Role] = &[Role::FirstServer, Role::Server];
const ALL: &[Role] = &Role::ALL;
const LOOPBACK: &str = "never leaves the host";
const INSIDE: &str = "inside of the enclave; mutual TLS";
const TUNNEL: &str = "carries traffic of pods; never open it to other networks";

/// All ports, by number.
pub const PORTS: &[Port] = &[
    one(Tcp, 179, Source::Nodes, ALL, When::Cni(&[Calico]), "BGP of Calico", INSIDE),
    one(Tcp, 2112, Source::Loopback, SERVERS, VirtualAddress, "metrics of kube-vip", LOOPBACK),
    one(Tcp, 2379, Source::Servers, SERVERS, Always, "etcd, for the API server", INSIDE),
    one(Tcp, 2380, Source::Servers, SERVERS, Always, "etcd, among its members", INSIDE),
    one(Tcp, 2381, Source::Loopback, SERVERS, Always, "metrics of etcd", LOOPBACK),
    one(Tcp, 2382, Source::Loopback, SERVERS, Always, "etcd, for its own client", LOOPBACK),
    one(Tcp, 4240, Source::Nodes, ALL, When::Cni(&[Cilium]), "health of Cilium", INSIDE),
    one(Udp, 4789, Source::Nodes, ALL, When::Cni(&[Calico, Flannel]), "VXLAN", TUNNEL),
    one(Tcp, 5001, Source::Nodes, ALL, EmbeddedRegistry, "who has which image", INSIDE),
    one(Tcp, 5473, Source::Nodes, ALL, When::Cni(&[Calico]), "Typha of Calico", INSIDE),
    one(
        Tcp,
        6443,
        Source::NodesPodsAndAdministrators,
        SERVERS,
        Always,
        "the Kubernetes API",
        "HTTPS; load balancers must probe by TCP, since anonymous requests are refused",
    ),
    one(Tcp, 6444, Source::Loopback, ALL, Always, "the way of a node to the API", LOOPBACK),
    one(Udp, 8472, Source::Nodes, ALL, When::Cni(&[Canal, Cilium]), "VXLAN", TUNNEL),
    one(Tcp, 9098, Source::Nodes, ALL, When::Cni(&[Calico]), "health of Typha", INSIDE),
    one(Tcp, 9099, Source::Nodes, ALL, When::Cni(&[Canal, Calico]), "health of Calico", INSIDE),
    one(Tcp, 9345, Source::Nodes, SERVERS, Always, "where nodes register", "HTTPS"),
    one(Tcp, 9345, Source::Nodes, &[Role::Agent], EmbeddedRegistry, "images, for nodes", INSIDE),
    one(Tcp, 10248, Source::Loopback, ALL, Always, "health of the kubelet", LOOPBACK),
    one(Tcp, 10249, Source::Loopback, ALL, Always, "metrics of kube-proxy", LOOPBACK),
    one(
        Tcp,
        10250,
        Source::NodesAndPods,
        ALL,
        Always,
        "the kubelet; metrics server reads it",
        "HTTPS; asks the API server who may",
    ),
    one(
        Tcp,
        10256,
        Source::Nodes,
        ALL,
        Always,
        "health of kube-proxy",
        "load balancers of services probe it",
    ),
    one(Tcp, 10257, Source::Loopback, SERVERS, Always, "the controller manager", LOOPBACK),
    one(Tcp, 10258, Source::Loopback, SERVERS, Always, "the cloud controller", LOOPBACK),
    one(Tcp, 10259, Source::Loopback, SERVERS, Always, "the scheduler", LOOPBACK),
    Port {
        first: 30000,
        last: 32767,
        protocol: Tcp,
        from: Source::Clients,
        to: ALL,
        when: Always,
        what: "services of type NodePort",
        remark: "each service that is used needs a line of its own in the CAL; the network plugin \
                 takes these before the host's firewall sees them",
    },
    one(Udp, 51820, Source::Nodes, ALL, WireGuard(&[Canal]), "WireGuard, IPv4", TUNNEL),
    one(Udp, 51821, Source::Nodes, ALL, WireGuard(&[Canal]), "WireGuard, IPv6", TUNNEL),
    one(Udp, 51871, Source::Nodes, ALL, WireGuard(&[Cilium]), "WireGuard", TUNNEL),
];

const fn one(
    protocol: Protocol,
    port: u16,
    from: Source,
    to: &'static [Role],
    when: When,
    what: &'static str,
    remark: &'static str,
) -> Port {
    Port { first: port, last: port, protocol, from, to, when, what, remark }
}
