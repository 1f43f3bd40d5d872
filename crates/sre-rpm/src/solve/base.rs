//! What is on the machines already.

/// The base system: what is assumed to be there, so that it need not be carried.
///
/// Each item is looked up in this order:
///
/// 1. a full name (`bash-5.1.8-9.el9.x86_64`): that package;
/// 2. the name of a package: its newest version in the repositories, so machines are assumed to be as
///    current as what is carried;
/// 3. any other capability (`/bin/sh`, `libc.so.6()(64bit)`, `bash = 5.1`): just that.
///
/// What base packages require is taken for granted. Their conflicts hold, and a newer version or a
/// package that obsoletes one may take its place when something chosen asks for it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct BaseSystem {
    /// The items; none is an empty machine.
    pub items: Vec<String>,
}

impl BaseSystem {
    /// Gives an empty machine, into which everything is installed.
    #[must_use]
    pub fn none() -> Self {
        Self::default()
    }

    /// Reads a list: one item a line, `#` begins a comment.
    #[must_use]
    pub fn from_list(text: &str) -> Self {
        let lines = text.lines().map(|line| line.split('#').next().unwrap_or_default().trim());
        Self { items: lines.filter(|line| !line.is_empty()).map(str::to_owned).collect() }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_list_has_one_item_a_line() {
        let base = BaseSystem::from_list("# minimal\nbash\n\nglibc # the C library\n");
        assert_eq!(base.items, ["bash", "glibc"]);
    }
}
