//! How folders are written.

use std::fmt::{self, Formatter};

use super::LockedFolder;
use super::write::{field, list, manifest_fields, string, table};

pub(super) fn write_folder(out: &mut Formatter<'_>, folder: &LockedFolder) -> fmt::Result {
    writeln!(out, "\n[[folder]]")?;
    field(out, "ref", &folder.reference)?;
    manifest_fields(out, &folder.root)?;
    field(out, "path", &folder.path)?;
    list(out, "ignore", &folder.ignore, |pattern| string(pattern))?;
    writeln!(out, "files = {}", folder.files)?;
    field(out, "content", folder.content)?;
    let layer = [("digest", string(folder.layer.digest)), ("size", folder.layer.size.to_string())];
    writeln!(out, "layer = {}", table(&layer))?;
    for (key, value) in [("source", &folder.source), ("revision", &folder.revision)] {
        if let Some(value) = value {
            field(out, key, value)?;
        }
    }
    Ok(())
}
