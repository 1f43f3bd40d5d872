//! Reading commits and trees.

use sre_format::lock::ObjectId;

/// One row of a tree.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Row {
    pub what: What,
    /// Its name, which is text or nothing.
    pub name: Option<String>,
    pub id: ObjectId,
}

/// What a row names.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum What {
    Folder,
    File,
    Executable,
    Link,
    Submodule,
}

/// Gives bytes in hexadecimal digits, as ids are written.
pub(super) fn hex(bytes: &[u8]) -> String {
    bytes.iter().fold(String::new(), |text, byte| text + &format!("{byte:02x}"))
}

/// Gives the tree of a commit: its first line says nothing else.
pub(super) fn tree_of(commit: &[u8]) -> Option<ObjectId> {
    let line = commit.split(|byte| *byte == b'\n').next()?;
    std::str::from_utf8(line.strip_prefix(b"tree ")?).ok()?.parse().ok()
}

/// Reads a tree; `None` where it is none. Ids in it are as long as its own.
pub(super) fn rows(mut tree: &[u8], id: &ObjectId) -> Option<Vec<Row>> {
    let length = id.as_str().len() / 2;
    let mut rows = Vec::new();
    while !tree.is_empty() {
        let (head, rest) = tree.split_at(tree.iter().position(|byte| *byte == 0)?);
        let (id, rest) = rest.get(1..)?.split_at_checked(length)?;
        let (mode, name) = head.split_at(head.iter().position(|byte| *byte == b' ')?);
        let what = match mode {
            b"40000" => What::Folder,
            // Old repositories have files that a group may write.
            b"100644" | b"100664" => What::File,
            b"100755" => What::Executable,
            b"120000" => What::Link,
            b"160000" => What::Submodule,
            _ => return None,
        };
        let name = std::str::from_utf8(name.get(1..)?).ok().map(str::to_owned);
        let id = hex(id);
        rows.push(Row { what, name, id: id.parse().ok()? });
        tree = rest;
    }
    Some(rows)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_what_git_writes_and_refuses_what_is_torn() {
        let id: ObjectId = "ab".repeat(20).parse().unwrap();
        let mut tree = Vec::new();
        for (mode, name) in [("100644", "a b"), ("40000", "c"), ("160000", "d")] {
            tree.extend_from_slice(format!("{mode} {name}\0").as_bytes());
            tree.extend_from_slice(&[0xab; 20]);
        }
        let read = rows(&tree, &id).unwrap();
        let names: Vec<_> =
            read.iter().map(|row| (row.what, row.name.as_deref().unwrap())).collect();
        let expected = [(What::File, "a b"), (What::Folder, "c"), (What::Submodule, "d")];
        assert_eq!(names, expected);
        assert!(read.iter().all(|row| row.id == id));
        // A tree that is cut between two rows is a tree.
        let whole = ["100644 a b", "40000 c"].map(|row| row.len() + 1 + 20);
        let whole = [whole[0], whole[0] + whole[1]];
        for length in 1..tree.len() {
            assert_eq!(rows(&tree[..length], &id).is_some(), whole.contains(&length), "{length}");
        }
        assert_eq!(rows(b"", &id), Some(Vec::new()));
        assert_eq!(rows(b"100666 a\0aaaaaaaaaaaaaaaaaaaa", &id), None);
        assert_eq!(tree_of(format!("tree {id}\nauthor x").as_bytes()), Some(id));
        assert_eq!(tree_of(b"parent x\n"), None);
    }
}
