//! The names of wheels, which say for whom they are built.

use sre_format::PlatformName;
use sre_format::manifest::normal_python_name;

/// The newest version 2.x of the C library that the hosts are known to have: that of Rocky Linux 9.
const C_LIBRARY: u32 = 34;

/// The name of a wheel, taken apart.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct WheelName {
    /// The name of the package in normal form.
    pub name: String,
    /// The version of the package.
    pub version: String,
    python: String,
    abi: String,
    platform: String,
}

impl WheelName {
    /// Reads `NAME-VERSION[-BUILD]-PYTHON-ABI-PLATFORM.whl`.
    pub(super) fn parse(file: &str) -> Option<Self> {
        let parts: Vec<&str> = file.strip_suffix(".whl")?.split('-').collect();
        let ([name, version, python, abi, platform] | [name, version, _, python, abi, platform]) =
            parts[..]
        else {
            return None;
        };
        Some(Self {
            name: normal_python_name(name),
            version: version.replace('_', "+").to_ascii_lowercase(),
            python: python.to_ascii_lowercase(),
            abi: abi.to_ascii_lowercase(),
            platform: platform.to_ascii_lowercase(),
        })
    }

    /// Gives for whom it is built, as people read it.
    pub(super) fn tags(&self) -> String {
        format!("{}-{}-{}", self.python, self.abi, self.platform)
    }

    /// Says how well it suits a Python on a platform, the better the larger; `None` where it does
    /// not run.
    pub(super) fn suits(&self, python: (u32, u32), platform: &PlatformName) -> Option<(u32, u32)> {
        let machine = match platform.architecture() {
            "amd64" => "x86_64",
            "arm64" => "aarch64",
            other => other,
        };
        let place = self.platform.split('.').filter_map(|tag| place(tag, machine)).max();
        let place = place.filter(|_| platform.os() == "linux")?;
        let tags = self
            .python
            .split('.')
            .flat_map(|python| self.abi.split('.').map(move |abi| (python, abi)));
        let interpreter = tags.filter_map(|(tag, abi)| interpreter(tag, abi, python)).max()?;
        Some((interpreter, place))
    }
}

/// Says how well the tag of a platform fits a machine with Linux.
fn place(tag: &str, machine: &str) -> Option<u32> {
    if tag == "any" {
        return Some(0);
    }
    let system = tag.strip_suffix(machine)?.strip_suffix('_')?;
    let library = match system {
        "linux" => 1,
        "manylinux1" => 5,
        "manylinux2010" => 12,
        "manylinux2014" => 17,
        _ => system.strip_prefix("manylinux_2_")?.parse().ok()?,
    };
    (library <= C_LIBRARY).then_some(library)
}

/// Says how well the tags of a Python and its binary interface fit a version of `CPython`.
fn interpreter(tag: &str, abi: &str, (major, minor): (u32, u32)) -> Option<u32> {
    let exact = format!("cp{major}{minor}");
    if tag == exact && (abi == exact || (abi == "none")) {
        return Some(1_000);
    }
    let built = |prefix: &str| tag.strip_prefix(prefix)?.strip_prefix(&major.to_string());
    if abi == "abi3" {
        let built: u32 = built("cp")?.parse().ok()?;
        return (built <= minor).then_some(500 + built.min(400));
    }
    let generic = abi == "none" && tag.starts_with("py");
    let built = built("py").filter(|_| generic)?;
    match built {
        "" => Some(0),
        built => {
            built.parse().ok().filter(|built| *built <= minor).map(|built: u32| 1 + built.min(400))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn suits(file: &str) -> Option<(u32, u32)> {
        WheelName::parse(file).unwrap().suits((3, 9), &PlatformName::usual())
    }

    #[test]
    fn takes_what_runs_and_prefers_what_is_built_for_it() {
        let better = [
            "a-1-py3-none-any.whl",
            "a-1-py36-none-any.whl",
            "a-1-cp37-abi3-manylinux_2_17_x86_64.manylinux2014_x86_64.whl",
            "a-1-cp39-abi3-manylinux_2_17_x86_64.whl",
            "a-1-cp39-abi3-manylinux_2_28_x86_64.whl",
            "a-1-2-cp39-cp39-linux_x86_64.whl",
            "a-1-cp39-cp39-manylinux1_x86_64.whl",
        ];
        let order: Vec<_> = better.iter().map(|file| suits(file).expect(file)).collect();
        assert!(order.is_sorted(), "{order:?}");
        assert!(suits("a-1-py2.py3-none-any.whl").is_some());
        for other in [
            "a-1-py2-none-any.whl",
            "a-1-cp310-cp310-manylinux1_x86_64.whl",
            "a-1-cp310-abi3-manylinux1_x86_64.whl",
            "a-1-cp39-cp39-manylinux1_aarch64.whl",
            "a-1-cp39-cp39-manylinux_2_39_x86_64.whl",
            "a-1-cp39-cp39-musllinux_1_1_x86_64.whl",
            "a-1-cp39-cp39-win_amd64.whl",
            "a-1-cp39-cp39t-manylinux1_x86_64.whl",
            "a-1-py310-none-any.whl",
        ] {
            assert_eq!(suits(other), None, "{other}");
        }
    }

    #[test]
    fn names_are_compared_in_their_normal_form() {
        let name = WheelName::parse("Ruamel.Yaml_clib-1.0_local-py3-none-any.whl").unwrap();
        assert_eq!((name.name.as_str(), name.version.as_str()), ("ruamel-yaml-clib", "1.0+local"));
        for file in ["a-1.tar.gz", "a.whl", "a-1-py3-none.whl", "a-1-2-3-py3-none-any.whl"] {
            assert_eq!(WheelName::parse(file), None, "{file}");
        }
    }
}
