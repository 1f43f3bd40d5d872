//! Packets of OpenPGP, cut apart so that they can be put together wrongly.

/// What a packet is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    PublicSubkey = 14,
}

/// Packets, each with its header.
pub(super) struct Packets(Vec<(u8, Vec<u8>)>);

/// Cuts what `gpg --export` writes: old headers with lengths of one or two bytes, new ones with one.
pub(super) fn split(mut bytes: &[u8]) -> Packets {
    let mut packets = Vec::new();
    while let Some(tag) = bytes.first() {
        let (kind, header, length) = if tag & 0x40 == 0 {
            let kind = (tag >> 2) & 0xf;
            match tag & 3 {
                0 => (kind, 2, usize::from(bytes[1])),
                1 => (kind, 3, usize::from(u16::from_be_bytes([bytes[1], bytes[2]]))),
                other => panic!("a length of type {other}"),
            }
        } else {
            assert!(bytes[1] < 192, "a long packet with a new header");
            (tag & 0x3f, 2, usize::from(bytes[1]))
        };
        let (packet, rest) = bytes.split_at(header + length);
        packets.push((kind, packet.to_vec()));
        bytes = rest;
    }
    Packets(packets)
}

impl Packets {
    pub(super) fn position(&self, kind: Kind) -> usize {
        self.0.iter().position(|(one, _)| *one == kind as u8).unwrap()
    }

    pub(super) fn first(&self) -> &[u8] {
        &self.0[0].1
    }

    pub(super) fn from(&self, at: usize) -> Vec<u8> {
        self.0[at..].iter().flat_map(|(_, packet)| packet.clone()).collect()
    }

    pub(super) fn concat_all(&self) -> Vec<u8> {
        self.from(0)
    }
}
