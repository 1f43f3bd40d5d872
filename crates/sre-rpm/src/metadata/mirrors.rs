//! Lists of mirrors: plain lists and metalinks.

use std::io::{self, BufRead};

use sre_format::SourceUrl;

use super::MetadataError;
use super::xml::{Document, Step, number};
use crate::checksum::Checksum;
use crate::limits::{MAX_MIRRORS, MAX_REPOMD};

/// What a metalink says of a repository: which index is the current one, and who has it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Metalink {
    /// The checksum of the current `repomd.xml`: SHA-512 where there is one, otherwise SHA-256.
    pub repomd: Checksum,
    /// The count of its bytes.
    pub size: Option<u64>,
    /// Places of `repomd.xml` over HTTP, the most preferred first.
    pub mirrors: Vec<SourceUrl>,
}

/// Reads a list of mirrors: one base URL a line, `#` begins a comment; what is no URL over HTTP is left out.
pub fn read_mirrorlist(reader: impl BufRead) -> Result<Vec<SourceUrl>, MetadataError> {
    let mut text = String::new();
    io::Read::read_to_string(&mut reader.take(MAX_REPOMD), &mut text)
        .map_err(MetadataError::Read)?;
    let lines =
        text.lines().map(str::trim).filter(|line| !line.is_empty() && !line.starts_with('#'));
    let mut mirrors = Vec::new();
    for line in lines {
        mirrors.extend(line.parse::<SourceUrl>().ok());
        check_count(mirrors.len())?;
    }
    if mirrors.is_empty() {
        return Err(MetadataError::Lacks { element: "mirrorlist", part: "mirror" });
    }
    Ok(mirrors)
}

impl Metalink {
    /// Reads a metalink (version 3) for `repomd.xml`.
    pub fn read(reader: impl BufRead) -> Result<Self, MetadataError> {
        let (mut document, _) = Document::open(reader.take(MAX_REPOMD), "metalink")?;
        let mut found = None;
        while let Step::Open(element) = document.step()? {
            if element.name() != "files" {
                document.skip()?;
                continue;
            }
            while let Step::Open(element) = document.step()? {
                let is_index = element.attributes()?.get("name") == Some("repomd.xml");
                if !is_index {
                    document.skip()?;
                } else if found.replace(read_file(&mut document)?).is_some() {
                    return Err(MetadataError::Twice { element: "files", part: "repomd.xml" });
                }
            }
        }
        document.finish()?;
        found.ok_or(MetadataError::Lacks { element: "metalink", part: "repomd.xml" })
    }
}

fn read_file<R: BufRead>(document: &mut Document<R>) -> Result<Metalink, MetadataError> {
    let (mut sha256, mut sha512, mut size) = (None, None, None);
    let mut mirrors = Vec::new();
    while let Step::Open(element) = document.step()? {
        match element.name() {
            "size" => size = Some(number(&document.text()?, "size")?),
            "verification" => {
                while let Step::Open(element) = document.step()? {
                    let kind = element.attributes()?.get("type").unwrap_or_default().to_owned();
                    let text = document.text()?;
                    match kind.as_str() {
                        "sha256" => sha256 = Some(Checksum::parse("sha256", text.trim())?),
                        "sha512" => sha512 = Some(Checksum::parse("sha512", text.trim())?),
                        _ => {}
                    }
                }
            }
            "resources" => read_mirrors(document, &mut mirrors)?,
            // Alternates are older indexes; taking one would allow to go back.
            _ => document.skip()?,
        }
    }
    if mirrors.is_empty() {
        return Err(MetadataError::Lacks { element: "resources", part: "url" });
    }
    let repomd = sha512.or(sha256);
    mirrors.sort_by_key(|(preference, _)| std::cmp::Reverse(*preference));
    Ok(Metalink {
        repomd: repomd.ok_or(MetadataError::Lacks { element: "file", part: "sha256" })?,
        size,
        mirrors: mirrors.into_iter().map(|(_, url)| url).collect(),
    })
}

fn read_mirrors<R: BufRead>(
    document: &mut Document<R>,
    mirrors: &mut Vec<(u32, SourceUrl)>,
) -> Result<(), MetadataError> {
    while let Step::Open(element) = document.step()? {
        let preference = element.attributes()?.get("preference").map(str::to_owned);
        let preference = preference.map_or(Ok(0), |text| number(&text, "preference"))?;
        let text = document.text()?;
        // One mirror with a typing error is no reason to do without all others.
        mirrors.extend(text.trim().parse().ok().map(|url: SourceUrl| (preference, url)));
        check_count(mirrors.len())?;
    }
    Ok(())
}

fn check_count(count: usize) -> Result<(), MetadataError> {
    if count > MAX_MIRRORS {
        return Err(MetadataError::TooMuch { what: "mirrors", limit: MAX_MIRRORS as u64 });
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_the_current_index_and_its_mirrors_in_order() {
        let text = format!(
            "<?xml version=\"1.0\"?><metalink version=\"3.0\" xmlns:mm0=\"http://fedorahosted.org/mirrormanager\">\
             <files><file name=\"repomd.xml\"><mm0:timestamp>1</mm0:timestamp><size>7</size>\
             <verification><hash type=\"md5\">0</hash><hash type=\"sha256\">{a}</hash></verification>\
             <mm0:alternates><mm0:alternate><verification><hash type=\"sha256\">{b}</hash></verification>\
             </mm0:alternate></mm0:alternates><resources maxconnections=\"1\">\
             <url protocol=\"http\" preference=\"10\">http://a.example/repodata/repomd.xml</url>\
             <url protocol=\"https\" preference=\"95\">https://a b/repodata/repomd.xml</url>\
             <url protocol=\"rsync\" preference=\"99\">rsync://r.example/repodata/repomd.xml</url>\
             <url protocol=\"https\" preference=\"90\">https://b.example/repodata/repomd.xml</url>\
             </resources></file></files></metalink>",
            a = "aa".repeat(32),
            b = "bb".repeat(32),
        );
        let metalink = Metalink::read(text.as_bytes()).unwrap();
        assert_eq!(metalink.repomd, Checksum::Sha256([0xaa; 32]));
        assert_eq!(metalink.size, Some(7));
        let mirrors: Vec<_> =
            metalink.mirrors.iter().map(sre_format::SourceUrl::host_and_port).collect();
        assert_eq!(mirrors, ["b.example", "a.example"]);
        assert!(Metalink::read(text.replace("sha256", "sha1").as_bytes()).is_err());
        assert!(Metalink::read(text.replace("repomd.xml\">", "x\">").as_bytes()).is_err());
    }

    #[test]
    fn reads_a_list_of_mirrors_and_hides_what_it_refuses() {
        let text = "# mirrors\nhttps://a.example/repo/\n\nftp://f.example/\nhttps://a b/\n\
                    http://b.example\n";
        assert_eq!(read_mirrorlist(text.as_bytes()).unwrap().len(), 2);
        assert!(read_mirrorlist(&b"# nothing\n"[..]).is_err());
        let error = read_mirrorlist(&b"https://user:hunter2@a.example\n"[..]).unwrap_err();
        assert!(!error.to_string().contains("hunter2"));
    }
}
