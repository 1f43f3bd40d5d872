//! The names of wheels: which package, and for which Python on which machine.
//!
//! They are `NAME-VERSION[-BUILD]-PYTHON-ABI-PLATFORM.whl` (Python's binary distribution format).

use std::fmt;
use std::str::FromStr;

/// A version of Python, as far as wheels tell them apart.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct PythonVersion {
    /// The major version.
    pub major: u32,
    /// The minor version.
    pub minor: u32,
}

impl fmt::Display for PythonVersion {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{}.{}", self.major, self.minor)
    }
}

impl FromStr for PythonVersion {
    type Err = ();

    fn from_str(text: &str) -> Result<Self, ()> {
        let (major, minor) = text.split_once('.').ok_or(())?;
        let number = |text: &str| text.parse().map_err(|_| ());
        Ok(Self { major: number(major)?, minor: number(minor)? })
    }
}

/// What the name of a wheel says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Wheel {
    /// The package, in lower case with underscores.
    pub package: String,
    python: String,
    abi: String,
    platform: String,
}

impl Wheel {
    /// Reads the name of a file; `None` means that it is no wheel.
    pub(super) fn parse(file: &str) -> Option<Self> {
        let parts: Vec<&str> = file.strip_suffix(".whl")?.split('-').collect();
        let ([package, _, python, abi, platform] | [package, _, _, python, abi, platform]) =
            parts[..]
        else {
            return None;
        };
        let package = package.to_ascii_lowercase().replace('.', "_");
        let [python, abi, platform] = [python, abi, platform].map(str::to_owned);
        Some(Self { package, python, abi, platform })
    }

    /// Says whether it is built for machines of an architecture, such as `x86_64`, or for all.
    pub(super) fn runs_on(&self, architecture: &str) -> bool {
        let mut platforms = self.platform.split('.');
        platforms.any(|platform| {
            let linux = platform.contains("linux") && platform.ends_with(architecture);
            platform == "any" || linux
        })
    }

    /// Gives the one Python that it is built for; those in Python alone, or with the stable interface, run on many.
    pub(super) fn built_for(&self) -> Option<PythonVersion> {
        let version = self.abi.split('.').find_map(|abi| abi.strip_prefix("cp"))?;
        let (major, minor) = version.split_at_checked(1)?;
        Some(PythonVersion { major: major.parse().ok()?, minor: minor.parse().ok()? })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_say_for_whom_a_wheel_is() {
        for (name, here, version) in [
            ("ansible_core-2.19.14-py3-none-any.whl", true, None),
            (
                "PyYAML-6.0.3-cp311-cp311-manylinux2014_x86_64.manylinux_2_17_x86_64.whl",
                true,
                Some((3, 11)),
            ),
            ("cryptography-46.0.1-cp311-abi3-manylinux_2_34_x86_64.whl", true, None),
            ("cffi-2.0.0-cp312-cp312-manylinux_2_17_aarch64.whl", false, Some((3, 12))),
            ("cffi-2.0.0-cp312-cp312-macosx_11_0_x86_64.whl", false, Some((3, 12))),
        ] {
            let wheel = Wheel::parse(name).unwrap();
            assert_eq!(wheel.runs_on("x86_64"), here, "{name}");
            let version = version.map(|(major, minor)| PythonVersion { major, minor });
            assert_eq!(wheel.built_for(), version, "{name}");
        }
        for name in ["ansible_core-2.19.14.tar.gz", "a-b.whl", "x.whl"] {
            assert_eq!(Wheel::parse(name), None, "{name}");
        }
    }

    #[test]
    fn the_package_is_named_in_one_way() {
        let wheel = Wheel::parse("Ansible.Core-2.19-1-py3-none-any.whl").unwrap();
        assert_eq!(wheel.package, "ansible_core");
    }
}
