//! What all metadata of packages have in common: a document with one element for each package.

use std::io::BufRead;

use super::MetadataError;
use super::xml::{Attributes, Document, Step, number};
use crate::limits::MAX_PACKAGES;

/// Hands the attributes of each package to `take`, which reads or skips what is in the element and says
/// whether it counts; in the end as many must have counted as the document announced.
pub(super) fn each_package<R: BufRead>(
    reader: R,
    root: &'static str,
    mut take: impl FnMut(&Attributes, &mut Document<R>) -> Result<bool, MetadataError>,
) -> Result<(), MetadataError> {
    let (mut document, attributes) = Document::open(reader, root)?;
    let announced = attributes.get("packages");
    let announced: Option<u64> =
        announced.map(|text| number(text, "count of packages")).transpose()?;
    let mut found = 0;
    while let Step::Open(element) = document.step()? {
        if element.name() != "package" {
            document.skip()?;
            continue;
        }
        let attributes = element.attributes()?;
        if found == MAX_PACKAGES as u64 {
            return Err(MetadataError::TooMuch { what: "packages", limit: MAX_PACKAGES as u64 });
        }
        found += u64::from(take(&attributes, &mut document)?);
    }
    document.finish()?;
    match announced {
        Some(announced) if announced != found => Err(MetadataError::Count { announced, found }),
        _ => Ok(()),
    }
}
