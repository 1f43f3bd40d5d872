//! Writes XML as createrepo does: one element a line, two spaces a level.

use std::borrow::Cow;

use quick_xml::Writer;
use quick_xml::events::{BytesDecl, BytesEnd, BytesStart, BytesText, Event};

use super::WriteError;

/// An XML document that is being written.
pub(super) struct Xml(Writer<Vec<u8>>);

/// Attributes of an element.
pub(super) type Attributes<'a> = &'a [(&'a str, &'a str)];

impl Xml {
    /// Begins a document with its root element.
    pub(super) fn begin(root: &str, attributes: Attributes<'_>) -> Result<Self, WriteError> {
        let mut xml = Self(Writer::new_with_indent(Vec::new(), b' ', 2));
        xml.write(Event::Decl(BytesDecl::new("1.0", Some("UTF-8"), None)))?;
        xml.open(root, attributes)?;
        Ok(xml)
    }

    /// Ends the root element and gives the bytes.
    pub(super) fn end(mut self, root: &str) -> Result<Vec<u8>, WriteError> {
        self.close(root)?;
        let mut bytes = self.0.into_inner();
        bytes.push(b'\n');
        Ok(bytes)
    }

    /// Begins an element that holds others.
    pub(super) fn open(
        &mut self,
        name: &str,
        attributes: Attributes<'_>,
    ) -> Result<(), WriteError> {
        self.write(Event::Start(start(name, attributes)))
    }

    /// Ends an element that holds others.
    pub(super) fn close(&mut self, name: &str) -> Result<(), WriteError> {
        self.write(Event::End(BytesEnd::new(name)))
    }

    /// Writes an element without content.
    pub(super) fn empty(
        &mut self,
        name: &str,
        attributes: Attributes<'_>,
    ) -> Result<(), WriteError> {
        self.write(Event::Empty(start(name, attributes)))
    }

    /// Writes an element that holds text.
    pub(super) fn text(
        &mut self,
        name: &str,
        attributes: Attributes<'_>,
        text: &str,
    ) -> Result<(), WriteError> {
        if text.is_empty() {
            return self.empty(name, attributes);
        }
        self.write(Event::Start(start(name, attributes)))?;
        self.write(Event::Text(BytesText::new(&legal(text))))?;
        self.close(name)
    }

    fn write(&mut self, event: Event<'_>) -> Result<(), WriteError> {
        self.0.write_event(event).map_err(WriteError::Xml)
    }
}

fn start<'a>(name: &'a str, attributes: Attributes<'_>) -> BytesStart<'a> {
    let mut element = BytesStart::new(name);
    for (name, value) in attributes {
        element.push_attribute((*name, &*legal(value)));
    }
    element
}

/// Drops letters that XML 1.0 cannot hold in any form.
fn legal(text: &str) -> Cow<'_, str> {
    let is_legal = |letter: char| {
        matches!(letter, '\t' | '\n' | '\r')
            || (letter >= ' ' && !matches!(letter, '\u{fffe}' | '\u{ffff}'))
    };
    if text.chars().all(is_legal) {
        Cow::Borrowed(text)
    } else {
        Cow::Owned(text.chars().filter(|letter| is_legal(*letter)).collect())
    }
}
