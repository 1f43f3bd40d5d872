//! Paragraphs of fields (deb822(5)): what every file of Debian is made of.

use std::io::{self, BufRead, Read};

use crate::error::MetadataError;
use crate::limits::MAX_PARAGRAPH;

/// Reads paragraphs one after the other.
pub(crate) struct Paragraphs<R> {
    name: String,
    reader: R,
    line: u64,
}

/// The fields of one paragraph, each with a name and a value.
#[derive(Clone, Debug)]
pub(crate) struct Paragraph {
    text: String,
}

impl<R: BufRead> Paragraphs<R> {
    /// Reads from a stream; `name` is what messages call it.
    pub(crate) const fn new(name: String, reader: R) -> Self {
        Self { name, reader, line: 0 }
    }

    /// Gives the next paragraph; none at the end.
    pub(crate) fn next(&mut self) -> Result<Option<Paragraph>, MetadataError> {
        let mut bytes = Vec::new();
        loop {
            let start = bytes.len();
            let left = MAX_PARAGRAPH.saturating_sub(start) as u64;
            let read = (&mut self.reader).take(left + 1).read_until(b'\n', &mut bytes);
            let read = read.map_err(|source| self.unreadable(source))?;
            self.line += 1;
            if bytes.len() > MAX_PARAGRAPH {
                return Err(self.wrong("the paragraph is too long".to_owned()));
            }
            let line = bytes[start..].trim_ascii();
            if line.is_empty() {
                bytes.truncate(start);
                if !bytes.is_empty() {
                    return self.finish(&bytes).map(Some);
                }
                if read == 0 {
                    return Ok(None);
                }
            } else {
                check_line(&bytes[start..], start == 0)
                    .map_err(|reason| self.wrong(reason.to_owned()))?;
                if read > 0 && !bytes.ends_with(b"\n") {
                    bytes.push(b'\n');
                }
            }
        }
    }

    /// Makes an error that names the line where the last paragraph ended.
    pub(crate) fn wrong(&self, reason: String) -> MetadataError {
        MetadataError::Wrong { name: self.name.clone(), line: self.line, reason }
    }

    fn unreadable(&self, source: io::Error) -> MetadataError {
        MetadataError::Read { name: self.name.clone(), source }
    }

    fn finish(&self, bytes: &[u8]) -> Result<Paragraph, MetadataError> {
        // Descriptions of old packages are not always UTF-8; nothing that counts stands in them.
        let text = String::from_utf8_lossy(bytes).into_owned();
        if text.contains('\0') {
            return Err(self.wrong("a byte of zero stands in it".to_owned()));
        }
        Ok(Paragraph { text })
    }
}

/// A line continues a value, or begins a field: `Name: value`.
fn check_line(line: &[u8], is_first: bool) -> Result<(), &'static str> {
    if line.starts_with(b" ") || line.starts_with(b"\t") {
        return if is_first { Err("a value continues before it began") } else { Ok(()) };
    }
    let colon = line.iter().position(|byte| *byte == b':').ok_or("a line has no colon")?;
    let is_name = |byte: &u8| byte.is_ascii_graphic();
    if colon == 0 || line[0] == b'-' || line[0] == b'#' || !line[..colon].iter().all(is_name) {
        return Err("a line does not begin with the name of a field");
    }
    Ok(())
}

impl Paragraph {
    /// Gives the text as it was read.
    pub(crate) fn into_text(self) -> Box<str> {
        self.text.into()
    }

    /// Gives every field in its order.
    pub(crate) fn fields(&self) -> Fields<'_> {
        fields(&self.text)
    }

    /// Finds the fields with these names at once; one that is there twice is an error.
    pub(crate) fn find<const N: usize>(
        &self,
        names: [&'static str; N],
    ) -> Result<[Option<&str>; N], String> {
        let mut found = [None; N];
        for (name, value) in self.fields() {
            let wanted = names.iter().position(|wanted| wanted.eq_ignore_ascii_case(name));
            if let Some(slot) = wanted.and_then(|at| found.get_mut(at))
                && slot.replace(value).is_some()
            {
                return Err(format!("the field `{name}` is there twice"));
            }
        }
        Ok(found)
    }
}

/// Gives the fields of the text of a paragraph that was checked.
pub(crate) const fn fields(text: &str) -> Fields<'_> {
    Fields(text)
}

/// The fields that are left.
pub(crate) struct Fields<'a>(&'a str);

impl<'a> Iterator for Fields<'a> {
    type Item = (&'a str, &'a str);

    fn next(&mut self) -> Option<Self::Item> {
        let (name, rest) = self.0.split_once(':')?;
        let mut end = 0;
        loop {
            end += rest[end..].find('\n').map_or(rest.len() - end, |at| at + 1);
            if !rest[end..].starts_with([' ', '\t']) {
                break;
            }
        }
        self.0 = &rest[end..];
        Some((name, rest[..end].trim()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Result<Vec<Vec<(String, String)>>, MetadataError> {
        let mut paragraphs = Paragraphs::new("test".to_owned(), text.as_bytes());
        let mut all = Vec::new();
        while let Some(paragraph) = paragraphs.next()? {
            let fields = paragraph.fields();
            all.push(fields.map(|(name, value)| (name.to_owned(), value.to_owned())).collect());
        }
        Ok(all)
    }

    #[test]
    fn reads_fields_with_their_continuations() {
        let all = read("\n\nA: 1\nB:\n x\n .\n\ty\nC:\n \n\t\nD: 2:3").unwrap();
        let pair = |name: &str, value: &str| (name.to_owned(), value.to_owned());
        assert_eq!(
            all,
            [vec![pair("A", "1"), pair("B", "x\n .\n\ty"), pair("C", "")], vec![pair("D", "2:3")]]
        );
    }

    #[test]
    fn says_in_which_line_something_is_wrong() {
        for (text, line) in [
            ("A: 1\nB\n", "line 2"),
            (" A: 1\n", "line 1"),
            ("A: 1\n\n-B: 1", "line 3"),
            ("A\u{e9}: 1", "line 1"),
        ] {
            let error = read(text).unwrap_err().to_string();
            assert!(error.contains(line), "{error}");
        }
    }

    #[test]
    fn refuses_a_field_that_is_there_twice() {
        let mut paragraphs = Paragraphs::new("test".to_owned(), &b"A: 1\na: 2\n"[..]);
        let paragraph = paragraphs.next().unwrap().unwrap();
        assert!(paragraph.find(["A"]).is_err());
    }
}
