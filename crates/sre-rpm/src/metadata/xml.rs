//! A strict reader of XML with limits, one step at a time.

use std::borrow::Cow;
use std::io::{self, BufRead, Read};

use quick_xml::XmlVersion;
use quick_xml::events::{BytesStart, Event};
use quick_xml::reader::Reader;

use super::MetadataError;
use crate::limits::{MAX_XML_DEPTH, MAX_XML_EVENT};

/// An XML document that is being read.
pub(crate) struct Document<R> {
    reader: Reader<Bounded<R>>,
    buffer: Vec<u8>,
    /// The content of the tag that was read last; a copy, so that it can outlive the loop that reads.
    element: String,
    depth: usize,
}

/// The next thing inside an element.
pub(crate) enum Step<'a> {
    /// An element begins.
    Open(Element<'a>),
    /// The element that was open ends.
    Close,
}

/// The beginning of an element.
pub(crate) struct Element<'a>(BytesStart<'a>);

/// Lets only so much be read for one step, so that an endless tag takes no endless memory.
struct Bounded<R> {
    inner: R,
    left: usize,
}

impl<R: BufRead> Read for Bounded<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        self.inner.read(buffer)
    }
}

impl<R: BufRead> BufRead for Bounded<R> {
    fn fill_buf(&mut self) -> io::Result<&[u8]> {
        if self.left == 0 {
            return Err(io::Error::new(
                io::ErrorKind::InvalidData,
                format!("a tag or text is longer than {MAX_XML_EVENT} bytes"),
            ));
        }
        self.inner.fill_buf()
    }

    fn consume(&mut self, amount: usize) {
        self.left = self.left.saturating_sub(amount);
        self.inner.consume(amount);
    }
}

impl<R: BufRead> Document<R> {
    /// Opens a document whose root element has this name.
    pub(crate) fn open(reader: R, root: &'static str) -> Result<(Self, Attributes), MetadataError> {
        let mut reader = Reader::from_reader(Bounded { inner: reader, left: 0 });
        // One kind of step for <a/> and <a></a>.
        reader.config_mut().expand_empty_elements = true;
        let mut document = Self { reader, buffer: Vec::new(), element: String::new(), depth: 0 };
        let attributes = match document.step()? {
            Step::Open(element) if element.name() == root => element.attributes()?,
            Step::Open(element) => {
                let found = element.name().to_owned();
                return Err(MetadataError::Root { found, expected: root });
            }
            Step::Close => return Err(MetadataError::Lacks { element: root, part: "end" }),
        };
        Ok((document, attributes))
    }

    /// Goes on to the next beginning or end; text between elements must be blank.
    pub(crate) fn step(&mut self) -> Result<Step<'_>, MetadataError> {
        let name_length = loop {
            let position = self.prepare();
            match self.reader.read_event_into(&mut self.buffer) {
                Ok(Event::Start(start)) => {
                    self.element.clear();
                    self.element.push_str(&start);
                    break start.name().0.len();
                }
                Ok(Event::End(_)) => {
                    self.depth = self.depth.saturating_sub(1);
                    return Ok(Step::Close);
                }
                Ok(Event::Text(text)) if is_blank(&text) => {}
                Ok(Event::Decl(_) | Event::Comment(_) | Event::PI(_)) => {}
                Ok(Event::DocType(kind)) if !kind.contains('[') => {}
                Ok(Event::DocType(_)) => return Err(MetadataError::DocumentType),
                Ok(Event::Eof) => return Err(self.cut_short()),
                Ok(_) => return Err(tag("?", "text stands where elements belong")),
                Err(source) => return Err(broken(position, source)),
            }
        };
        self.descend()?;
        Ok(Step::Open(Element(BytesStart::from_content(self.element.as_str(), name_length))))
    }

    /// Reads the text of the element that was just opened, up to its end.
    pub(crate) fn text(&mut self) -> Result<String, MetadataError> {
        let mut text = String::new();
        self.text_into(&mut text)?;
        Ok(text)
    }

    /// Reads the text of the element that was just opened into a string that is used again and again.
    pub(crate) fn text_into(&mut self, text: &mut String) -> Result<(), MetadataError> {
        text.clear();
        loop {
            let position = self.prepare();
            match self.reader.read_event_into(&mut self.buffer) {
                Ok(Event::Text(part)) => text.push_str(&part.xml10_content()),
                Ok(Event::CData(part)) => text.push_str(&part.xml10_content()),
                Ok(Event::GeneralRef(reference)) => text.push(resolve(&reference)?),
                Ok(Event::Comment(_) | Event::PI(_)) => {}
                Ok(Event::End(_)) => {
                    self.depth = self.depth.saturating_sub(1);
                    return Ok(());
                }
                Ok(Event::Eof) => return Err(self.cut_short()),
                Ok(_) => return Err(tag("?", "an element stands where text belongs")),
                Err(source) => return Err(broken(position, source)),
            }
            if text.len() > MAX_XML_EVENT {
                return Err(MetadataError::TooMuch {
                    what: "bytes of one text",
                    limit: MAX_XML_EVENT as u64,
                });
            }
        }
    }

    /// Passes over everything up to the end of the element that was just opened.
    pub(crate) fn skip(&mut self) -> Result<(), MetadataError> {
        let outside = self.depth.saturating_sub(1);
        loop {
            let position = self.prepare();
            match self.reader.read_event_into(&mut self.buffer) {
                Ok(Event::Start(_)) => self.descend()?,
                Ok(Event::End(_)) => self.depth = self.depth.saturating_sub(1),
                Ok(Event::DocType(_)) => return Err(MetadataError::DocumentType),
                Ok(Event::Eof) => return Err(self.cut_short()),
                Ok(_) => {}
                Err(source) => return Err(broken(position, source)),
            }
            if self.depth == outside {
                return Ok(());
            }
        }
    }

    /// Wants nothing but blanks and comments after the root element.
    pub(crate) fn finish(mut self) -> Result<(), MetadataError> {
        loop {
            let position = self.prepare();
            match self.reader.read_event_into(&mut self.buffer) {
                Ok(Event::Eof) => return Ok(()),
                Ok(Event::Comment(_) | Event::PI(_)) => {}
                Ok(Event::Text(text)) if is_blank(&text) => {}
                Ok(_) => return Err(tag("?", "something follows the root element")),
                Err(source) => return Err(broken(position, source)),
            }
        }
    }

    /// Makes room for the next step, and tells where it begins.
    fn prepare(&mut self) -> u64 {
        self.buffer.clear();
        self.reader.get_mut().left = MAX_XML_EVENT;
        self.reader.buffer_position()
    }

    fn descend(&mut self) -> Result<(), MetadataError> {
        self.depth += 1;
        if self.depth > MAX_XML_DEPTH {
            let limit = MAX_XML_DEPTH as u64;
            return Err(MetadataError::TooMuch { what: "nested elements", limit });
        }
        Ok(())
    }

    fn cut_short(&self) -> MetadataError {
        let position = self.reader.buffer_position();
        let source = io::Error::from(io::ErrorKind::UnexpectedEof);
        MetadataError::Xml { position, source: quick_xml::Error::from(source) }
    }
}

impl Element<'_> {
    /// Gives the name without its prefix: the prefixes of repository metadata are fixed by custom.
    pub(crate) fn name(&self) -> &str {
        let name = self.0.name().0;
        name.rsplit_once(':').map_or(name, |(_, local)| local)
    }

    /// Reads all attributes.
    pub(crate) fn attributes(&self) -> Result<Attributes, MetadataError> {
        let mut found = Vec::new();
        self.each_attribute(|name, value| {
            found.push((name.to_owned(), value.into_owned()));
            Ok(())
        })?;
        Ok(Attributes { found })
    }

    /// Gives each attribute's name and value, without keeping them.
    pub(crate) fn each_attribute(
        &self,
        mut take: impl FnMut(&str, Cow<'_, str>) -> Result<(), MetadataError>,
    ) -> Result<(), MetadataError> {
        for attribute in self.0.attributes() {
            let attribute = attribute.map_err(|error| tag(self.name(), &error.to_string()))?;
            let value = attribute
                .normalized_value(XmlVersion::Implicit1_0)
                .map_err(|error| tag(self.name(), &error.to_string()))?;
            take(attribute.key.0, value)?;
        }
        Ok(())
    }
}

/// The attributes of an element.
pub(crate) struct Attributes {
    found: Vec<(String, String)>,
}

impl Attributes {
    /// Gives the value of an attribute.
    pub(crate) fn get(&self, name: &str) -> Option<&str> {
        self.found.iter().find(|(known, _)| known == name).map(|(_, value)| value.as_str())
    }

    /// Gives the value of an attribute that must be there.
    pub(crate) fn want(
        &self,
        element: &'static str,
        part: &'static str,
    ) -> Result<&str, MetadataError> {
        self.get(part).ok_or(MetadataError::Lacks { element, part })
    }
}

/// Tells bad XML from bytes that could not be read.
fn broken(position: u64, source: quick_xml::Error) -> MetadataError {
    match source {
        quick_xml::Error::Io(error) => {
            MetadataError::Read(io::Error::new(error.kind(), error.to_string()))
        }
        source => MetadataError::Xml { position, source },
    }
}

/// Reads a whole number.
pub(crate) fn number<N: std::str::FromStr>(
    text: &str,
    what: &'static str,
) -> Result<N, MetadataError> {
    text.trim()
        .parse()
        .map_err(|_| MetadataError::Value { what, value: text.chars().take(80).collect() })
}

fn is_blank(text: &str) -> bool {
    text.bytes().all(|byte| byte.is_ascii_whitespace())
}

fn resolve(reference: &quick_xml::events::BytesRef<'_>) -> Result<char, MetadataError> {
    let wrong = || tag("?", "an unknown or forbidden entity is used");
    if let Some(letter) = reference.resolve_char_ref().map_err(|_| wrong())? {
        return Ok(letter);
    }
    match &**reference {
        "lt" => Ok('<'),
        "gt" => Ok('>'),
        "amp" => Ok('&'),
        "apos" => Ok('\''),
        "quot" => Ok('"'),
        _ => Err(wrong()),
    }
}

fn tag(element: &str, reason: &str) -> MetadataError {
    MetadataError::Tag { element: element.chars().take(80).collect(), reason: reason.to_owned() }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text_of(xml: &str) -> Result<String, MetadataError> {
        let (mut document, _) = Document::open(xml.as_bytes(), "r")?;
        let text = document.text()?;
        document.finish()?;
        Ok(text)
    }

    #[test]
    fn resolves_the_five_entities_and_characters() {
        let text = text_of("<?xml version='1.0'?><r>a&lt;b&amp;&#65;<![CDATA[<&]]></r>\n").unwrap();
        assert_eq!(text, "a<b&A<&");
    }

    #[test]
    fn refuses_bombs_and_what_is_not_well_formed() {
        let bomb = "<!DOCTYPE r [<!ENTITY a \"aaaa\"><!ENTITY b \"&a;&a;\">]><r>&b;</r>";
        let deep = format!("<r>{}{}</r>", "<a>".repeat(40), "</a>".repeat(40));
        for xml in [
            bomb,
            "<r>&unknown;</r>",
            "<r>&#0;</r>",
            "<r>",
            "<r></s>",
            "<r/><r/>",
            "<r/>text",
            "<s/>",
            "",
            "<r a='1' a='2'/>",
            &deep,
        ] {
            let outcome = Document::open(xml.as_bytes(), "r").and_then(|(mut document, _)| {
                document.skip()?;
                document.finish()
            });
            let outcome = outcome.and_then(|()| text_of(xml).map(drop));
            assert!(outcome.is_err(), "{}", &xml[..xml.len().min(60)]);
        }
    }

    #[test]
    fn bytes_that_cannot_be_read_are_no_bad_xml() {
        struct Broken;
        impl Read for Broken {
            fn read(&mut self, _: &mut [u8]) -> io::Result<usize> {
                Err(io::Error::new(io::ErrorKind::PermissionDenied, "the disk says no"))
            }
        }
        let start = io::Cursor::new(b"<r><a/>".to_vec());
        let reader = io::BufReader::new(start.chain(Broken));
        let (mut document, _) = Document::open(reader, "r").unwrap();
        let error = document.skip().unwrap_err();
        assert!(matches!(&error, MetadataError::Read(_)), "{error:?}");
        assert!(
            std::error::Error::source(&error).unwrap().to_string().contains("the disk says no")
        );
    }

    #[test]
    fn one_endless_tag_takes_no_endless_memory() {
        let endless = io::repeat(b'a');
        let start = io::Cursor::new(b"<r><".to_vec());
        let reader = io::BufReader::new(start.chain(endless));
        let (mut document, _) = Document::open(reader, "r").unwrap();
        assert!(document.skip().is_err());
        assert!(document.buffer.capacity() < 3 * MAX_XML_EVENT);
    }
}
