//! Bytes that one thread makes while another reads them, a few pieces ahead.

use std::io::{self, BufRead, Read};
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};

/// Bytes of a piece.
const PIECE: usize = 128 << 10;
/// Pieces that are made before somebody has read them.
const AHEAD: usize = 4;

/// Where pieces are put in.
pub(super) struct Sender(SyncSender<io::Result<Vec<u8>>>);

/// Where they come out.
pub(super) struct Reader {
    pieces: Receiver<io::Result<Vec<u8>>>,
    piece: Vec<u8>,
    at: usize,
}

/// Makes both ends.
pub(super) fn channel() -> (Sender, Reader) {
    let (sender, pieces) = sync_channel(AHEAD);
    (Sender(sender), Reader { pieces, piece: Vec::new(), at: 0 })
}

impl Sender {
    /// Sends all that a reader gives, an error as the last, until the other end is gone.
    pub(super) fn send_all(&self, from: &mut dyn Read) {
        loop {
            let mut piece = Vec::with_capacity(PIECE);
            let read = from.take(PIECE as u64).read_to_end(&mut piece);
            let is_last = !matches!(read, Ok(1..));
            let is_heard = self.0.send(read.map(|_| piece)).is_ok();
            if is_last || !is_heard {
                return;
            }
        }
    }
}

impl BufRead for Reader {
    fn fill_buf(&mut self) -> io::Result<&[u8]> {
        // Whoever makes the pieces may be gone: then this is the end.
        if self.at == self.piece.len()
            && let Ok(piece) = self.pieces.recv()
        {
            (self.piece, self.at) = (piece?, 0);
        }
        Ok(self.piece.get(self.at..).unwrap_or_default())
    }

    fn consume(&mut self, count: usize) {
        self.at = (self.at + count).min(self.piece.len());
    }
}

impl Read for Reader {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let read = self.fill_buf()?.read(buffer)?;
        self.consume(read);
        Ok(read)
    }
}
