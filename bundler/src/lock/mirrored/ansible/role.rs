//! Roles, from archives.

use serde::Deserialize;
use serde::de::IgnoredAny;
use sre_format::lock::LockedFileSet;
use sre_format::manifest::{Ansible, Role};

use super::collection::shown;
use super::{contents, set_of};
use crate::archive::Listing;
use crate::lock::mirrored::MirrorError;
use crate::lock::{ResolveError, Resolver};

/// The file that makes a folder a role.
const META: &str = "meta/main.yml";

/// `meta/main.yml`, as far as it names other roles.
#[derive(Deserialize)]
struct Meta {
    #[serde(default)]
    dependencies: Option<Vec<Dependency>>,
}

/// A role that another one needs: its name, or a table with it.
#[derive(Deserialize)]
#[serde(untagged)]
enum Dependency {
    Name(String),
    Table {
        #[serde(alias = "role", alias = "src")]
        name: String,
    },
    Unknown(IgnoredAny),
}

impl Resolver<'_> {
    /// Takes a role from its archive, and wants everything that it needs to be carried, too.
    pub(super) async fn role(
        &self,
        role: &Role,
        ansible: &Ansible,
        collections: &[String],
    ) -> Result<LockedFileSet, ResolveError> {
        let origin = self.origin(&role.origin).await?;
        let what = origin.source.to_string();
        let listing = self.look_into_origin(&origin, is_meta).await?;
        for name in needed(&listing).map_err(|reason| contents(&what, reason))? {
            let is_role = ansible.roles.iter().any(|other| other.name == name);
            let of_collection = collections.iter().any(|collection| {
                name.strip_prefix(collection.as_str()).is_some_and(|rest| rest.starts_with('.'))
            });
            if !is_role && !of_collection {
                let by = format!("the role {}", role.name);
                return Err(MirrorError::Needed { name: shown(&name), by }.into());
            }
        }
        let name = format!("role:{}", role.name);
        Ok(set_of(&name, &role.version, role.path.clone(), origin))
    }
}

fn is_meta(name: &str) -> bool {
    name == META || name.strip_suffix(META).is_some_and(|folder| folder.ends_with('/'))
}

/// Gives the roles that the role in an archive needs.
fn needed(listing: &Listing) -> Result<Vec<String>, String> {
    // Archives of releases have one folder around everything; examples may lie deeper.
    let meta = listing.kept.iter().min_by_key(|(name, _)| name.matches('/').count());
    let depth = |name: &str| name.matches('/').count();
    let Some((name, bytes)) = meta.filter(|(name, _)| depth(name) <= depth(META) + 1) else {
        return Err(format!("it has no {META}, so it is no role"));
    };
    let read: Option<Meta> = serde_saphyr::from_slice(bytes)
        .map_err(|error| format!("{name}: {}", shown(&error.to_string())))?;
    let dependencies = read.and_then(|meta| meta.dependencies).unwrap_or_default();
    let name_of = |dependency| match dependency {
        Dependency::Name(name) | Dependency::Table { name } => Ok(name),
        Dependency::Unknown(_) => Err(format!("{name} needs a role that it does not name")),
    };
    dependencies.into_iter().map(name_of).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn role(path: &str, text: &str) -> Result<Vec<String>, String> {
        let mut listing = Listing::default();
        listing.kept.insert(path.into(), text.as_bytes().to_vec());
        needed(&listing)
    }

    #[test]
    fn names_the_roles_that_a_role_needs_however_they_are_written() {
        let text = "galaxy_info: {author: a}\ndependencies:\n- one\n- role: two\n  x: 1\n- {name: three}\n";
        assert_eq!(role("meta/main.yml", text).unwrap(), ["one", "two", "three"]);
        for text in ["dependencies: []\n", "dependencies:\n", "galaxy_info: {}\n", "---\n"] {
            assert!(role("role-1.0/meta/main.yml", text).unwrap().is_empty(), "{text}");
        }
    }

    #[test]
    fn what_has_no_meta_file_or_a_broken_one_is_no_role() {
        assert!(role("a/b/meta/main.yml", "").unwrap_err().contains("so it is no role"));
        assert!(role("meta/main.yml", "dependencies: 7\n").unwrap_err().contains("meta/main.yml"));
        assert!(role("meta/main.yml", "dependencies: [[x]]\n").unwrap_err().contains("not name"));
    }
}
