//! Packets from bytes.

use pgp::errors::Error;
use pgp::packet::{Packet, PacketParser};

/// Reads packets one after the other; those that say something we do not know are left out.
///
/// rPGP also leaves out packets that are cut short; here they are damage, since a certificate
/// whose end is missing may have lost its revocation.
pub(crate) fn read(bytes: &[u8]) -> impl Iterator<Item = Result<Packet, Error>> {
    PacketParser::new(bytes).filter_map(|packet| match packet {
        Ok(Packet::Marker(_) | Packet::Padding(_)) | Err(Error::Unsupported { .. }) => None,
        Err(Error::InvalidPacketContent { source })
            if matches!(*source, Error::Unsupported { .. } | Error::EllipticCurve { .. }) =>
        {
            None
        }
        other => Some(other),
    })
}
