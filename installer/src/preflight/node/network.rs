//! Addresses, packets, routes and ports.

use std::collections::BTreeSet;
use std::net::IpAddr;

use super::super::Finding;
use super::super::facts::{Facts, shown};
use super::Subject;
use super::cluster::is_of_this_site;

pub(in crate::preflight) fn address(subject: &Subject<'_>) -> Finding {
    if !subject.facts.looked("addresses") {
        return Finding::unseen("the node has no program `ip`");
    }
    let wanted = subject.node.address;
    let link = link_of(subject.facts, wanted.ip());
    match (link, &subject.node.interface) {
        (Some(link), Some(named)) if link != named.as_str() => {
            Finding::failed(format!("{wanted} belongs to {}, and not to {named}", shown(link)))
        }
        (Some(link), _) => Finding::fine(format!("{wanted} belongs to {}", shown(link))),
        (None, _) => Finding::failed(format!("{wanted} is none of its addresses")),
    }
}

/// Finds the interface that has an address.
fn link_of(facts: &Facts, address: IpAddr) -> Option<&str> {
    let pairs = facts.all("address").filter_map(|pair| pair.split_once(' '));
    let mut links =
        pairs.filter(|(_, found)| found.parse::<IpAddr>().is_ok_and(|it| it == address));
    links.next().map(|(link, _)| link)
}

fn mtu_of(facts: &Facts, address: IpAddr) -> Option<u64> {
    facts.number(&format!("mtu.{}", link_of(facts, address)?))
}

pub(in crate::preflight) fn mtu(subject: &Subject<'_>) -> Finding {
    let Some(own) = mtu_of(subject.facts, subject.node.address.ip()) else {
        return Finding::unseen("it is not known which interface has the address");
    };
    let others = subject.all.iter().filter_map(|(node, facts)| {
        Some((node.name.to_string(), mtu_of(facts, node.address.ip())?))
    });
    let others: Vec<_> = others.filter(|(_, mtu)| *mtu != own).collect();
    if let Some((name, mtu)) = others.first() {
        let saw = format!("it is {own}, and {mtu} on {name}");
        // It may be meant so where nodes are in networks of several kinds, unless the site file says one for all.
        return match subject.site.network.mtu {
            Some(_) => Finding::failed(saw),
            None => Finding::doubtful(saw),
        };
    }
    match subject.site.network.mtu {
        Some(wanted) if u64::from(wanted) != own => {
            Finding::doubtful(format!("it is {own}, and the site file says {wanted}"))
        }
        _ => Finding::fine(format!("it is {own}")),
    }
}

pub(in crate::preflight) fn default_route(subject: &Subject<'_>) -> Finding {
    if !subject.facts.looked("routes") {
        return Finding::unseen("the node does not tell it");
    }
    let family = if subject.node.address.ip().is_ipv4() { "4" } else { "6" };
    let link = subject.facts.of("default-route", family).next();
    match (link, subject.site.network.gateway) {
        (Some(link), _) => Finding::fine(format!("it leads to {}", shown(link))),
        (None, None) => {
            Finding::fine("there is none; it gets one to nowhere, since RKE2 wants one")
        }
        (None, Some(gateway)) => {
            Finding::failed(format!("there is none, and the site file names the gateway {gateway}"))
        }
    }
}

pub(in crate::preflight) fn ports(subject: &Subject<'_>) -> Finding {
    let Some(needs) = subject.needs else {
        return Finding::unseen("it is not known what the bundle brings");
    };
    if !(subject.facts.looked("tcp") && subject.facts.looked("udp")) {
        return Finding::unseen("the node does not tell it");
    }
    if is_of_this_site(subject) {
        return Finding::fine("RKE2 of this site has them");
    }
    let taken: BTreeSet<(&str, u16)> =
        ["tcp", "udp"].into_iter().flat_map(|protocol| taken(subject.facts, protocol)).collect();
    let needed = needs.ports.iter().filter(|port| taken.contains(&(port.protocol, port.number)));
    let needed: Vec<_> =
        needed.map(|port| format!("{}/{} ({})", port.number, port.protocol, port.what)).collect();
    if needed.is_empty() {
        return Finding::fine(format!("{} ports are free", needs.ports.len()));
    }
    Finding::failed(format!("somebody has {}", needed.join(", ")))
}

fn taken<'a>(facts: &'a Facts, protocol: &'a str) -> impl Iterator<Item = (&'a str, u16)> {
    let ports = facts.of("port", protocol).filter_map(|port| u16::from_str_radix(port, 16).ok());
    ports.map(move |port| (protocol, port))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::preflight::Verdict::{CouldNotLook, Doubtful, Failed, Fine};
    use crate::preflight::node::example::{
        TOKEN, expect, expect_among, expect_of_site, expect_of_site_among, find,
    };

    const ONE: &str = "address=lo 127.0.0.1\naddress=eth0 10.20.0.11\nlooked=addresses";
    const TWO: &str = "address=eth1 10.20.0.12\nlooked=addresses";

    #[test]
    fn the_address_of_the_site_file_is_the_nodes_own() {
        expect(
            address,
            &[
                (ONE, Fine),
                ("address=eth0 192.0.2.7\nlooked=addresses", Failed),
                ("", CouldNotLook),
            ],
        );
        let named = |site: &str| {
            site.replace("role = \"server\"", "role = \"server\"\ninterface = \"eth9\"")
        };
        expect_of_site(named, address, ONE, Failed);
    }

    #[test]
    fn packets_are_of_one_size_on_all_nodes() {
        let one = format!("{ONE}\nmtu.eth0=1500\nmtu.lo=65536");
        for (other, verdict) in [("1500", Fine), ("9000", Doubtful)] {
            expect_among(mtu, &one, &format!("{TWO}\nmtu.eth1={other}"), verdict);
        }
        let set = |site: &str| format!("{site}\n[network]\nmtu = 1500\n");
        for (other, verdict) in [("1500", Fine), ("9000", Failed)] {
            let other = format!("{TWO}\nmtu.eth1={other}");
            expect_of_site_among(set, mtu, &one, &other, verdict);
        }
        expect(mtu, &[(&one, Fine), (ONE, CouldNotLook), ("", CouldNotLook)]);
        let named = |site: &str| format!("{site}\n[network]\nmtu = 1400\n");
        expect_of_site(named, mtu, &one, Doubtful);
    }

    #[test]
    fn a_site_with_a_gateway_has_a_route_to_it() {
        let none = "looked=routes";
        expect(
            default_route,
            &[("default-route=4 eth0\nlooked=routes", Fine), (none, Fine), ("", CouldNotLook)],
        );
        let gateway = |site: &str| format!("{site}\n[network]\ngateway = \"10.20.0.1\"\n");
        for (facts, verdict) in [
            (none, Failed),
            ("default-route=6 eth0\nlooked=routes", Failed),
            ("default-route=4 eth0\nlooked=routes", Fine),
        ] {
            expect_of_site(gateway, default_route, facts, verdict);
        }
    }

    #[test]
    fn ports_of_rke2_are_free_or_its_own() {
        let looked = "looked=tcp\nlooked=udp";
        let api = format!("port=tcp 192B\n{looked}");
        let ours = format!("{api}\nrke2=/usr/local/bin/rke2\ntoken={TOKEN}");
        expect(
            ports,
            &[
                (looked, Fine),
                // SSH, and the API's number with the other protocol.
                (&format!("port=tcp 0016\nport=udp 192B\n{looked}"), Fine),
                (&api, Failed),
                (&ours, Fine),
                ("looked=tcp", CouldNotLook),
            ],
        );
        let saw = find(ports, &api).saw;
        assert_eq!(saw, "somebody has 6443/tcp (the Kubernetes API)");
    }
}
