//! Groups and environments ("comps"): names for sets of packages.

use std::io::BufRead;

use super::MetadataError;
use super::xml::{Attributes, Document, Step};
use crate::limits::{MAX_DOCUMENT, MAX_ENTRIES};

/// The groups and environments of a repository.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Groups {
    /// The groups.
    pub groups: Vec<Group>,
    /// The environments: sets of groups.
    pub environments: Vec<Environment>,
}

/// A named set of packages.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Group {
    /// The identity, such as `development`.
    pub id: String,
    /// The name for people.
    pub name: String,
    /// The description for people.
    pub description: String,
    /// Whether it belongs to every installation.
    pub is_default: bool,
    /// Whether people are shown it.
    pub is_visible: bool,
    /// The packages.
    pub members: Vec<GroupMember>,
}

/// A package of a group.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct GroupMember {
    /// The name of the package.
    pub package: String,
    /// When it is installed.
    pub kind: MemberKind,
}

/// When a package of a group is installed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum MemberKind {
    /// Always.
    Mandatory,
    /// Unless somebody says otherwise.
    Default,
    /// Only when somebody says so.
    Optional,
    /// Together with another package.
    Conditional {
        /// The other package.
        requires: String,
    },
}

/// A named set of groups.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Environment {
    /// The identity, such as `minimal-environment`.
    pub id: String,
    /// The name for people.
    pub name: String,
    /// The description for people.
    pub description: String,
    /// The groups that belong to it.
    pub groups: Vec<String>,
    /// The groups that may be added.
    pub options: Vec<GroupOption>,
}

/// A group that may be added to an environment.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct GroupOption {
    /// The identity of the group.
    pub group: String,
    /// Whether it is added unless somebody says otherwise.
    pub is_default: bool,
}

impl Groups {
    /// Reads groups and environments; categories, languages and translations are left out.
    pub fn read(reader: impl BufRead) -> Result<Self, MetadataError> {
        let (mut document, _) = Document::open(reader.take(MAX_DOCUMENT), "comps")?;
        let mut found = Self::default();
        while let Step::Open(element) = document.step()? {
            match element.name() {
                "group" => found.groups.push(read_group(&mut document)?),
                "environment" => found.environments.push(read_environment(&mut document)?),
                _ => document.skip()?,
            }
            check_count(found.groups.len() + found.environments.len())?;
        }
        document.finish()?;
        Ok(found)
    }

    /// Finds a group by its identity or by its name for people.
    #[must_use]
    pub fn group(&self, name: &str) -> Option<&Group> {
        let by_id = self.groups.iter().find(|group| group.id == name);
        by_id.or_else(|| self.groups.iter().find(|group| group.name.eq_ignore_ascii_case(name)))
    }

    /// Finds an environment by its identity or by its name for people.
    #[must_use]
    pub fn environment(&self, name: &str) -> Option<&Environment> {
        let by_id = self.environments.iter().find(|environment| environment.id == name);
        by_id.or_else(|| self.environments.iter().find(|one| one.name.eq_ignore_ascii_case(name)))
    }

    /// Keeps the groups of which everything is carried that exists at all, and the environments of those.
    ///
    /// A group that is only half there would install half of what its name promises.
    #[must_use]
    pub fn carried(
        &self,
        exists: impl Fn(&str) -> bool,
        is_carried: impl Fn(&str) -> bool,
    ) -> Self {
        let is_whole = |group: &Group| {
            let mut wanted = group.members.iter().filter(|member| {
                matches!(member.kind, MemberKind::Mandatory | MemberKind::Default)
                    && exists(&member.package)
            });
            let some = group.members.iter().any(|member| is_carried(&member.package));
            some && wanted.all(|member| is_carried(&member.package))
        };
        let mut groups: Vec<Group> =
            self.groups.iter().filter(|group| is_whole(group)).cloned().collect();
        for group in &mut groups {
            group.members.retain(|member| is_carried(&member.package));
        }
        let has = |id: &str| groups.iter().any(|group| group.id == id);
        let mut environments: Vec<Environment> = self
            .environments
            .iter()
            .filter(|one| !one.groups.is_empty() && one.groups.iter().all(|id| has(id)))
            .cloned()
            .collect();
        for environment in &mut environments {
            environment.options.retain(|option| has(&option.group));
        }
        Self { groups, environments }
    }
}

fn read_group<R: BufRead>(document: &mut Document<R>) -> Result<Group, MetadataError> {
    let mut group = Group { is_visible: true, ..Group::default() };
    while let Step::Open(element) = document.step()? {
        let name = element.name().to_owned();
        let attributes = element.attributes()?;
        match name.as_str() {
            "packagelist" => read_members(document, &mut group.members)?,
            "id" => document.text()?.trim().clone_into(&mut group.id),
            "default" => group.is_default = is_true(&document.text()?),
            "uservisible" => group.is_visible = is_true(&document.text()?),
            "name" | "description" if is_translation(&attributes) => document.skip()?,
            "name" => group.name = document.text()?,
            "description" => group.description = document.text()?,
            _ => document.skip()?,
        }
    }
    want_id(&group.id, "group")?;
    Ok(group)
}

fn read_members<R: BufRead>(
    document: &mut Document<R>,
    members: &mut Vec<GroupMember>,
) -> Result<(), MetadataError> {
    while let Step::Open(element) = document.step()? {
        if element.name() != "packagereq" {
            document.skip()?;
            continue;
        }
        let attributes = element.attributes()?;
        let kind = match attributes.get("type") {
            None | Some("" | "mandatory") => MemberKind::Mandatory,
            Some("default") => MemberKind::Default,
            Some("optional") => MemberKind::Optional,
            Some("conditional") => MemberKind::Conditional {
                requires: attributes.want("packagereq", "requires")?.to_owned(),
            },
            Some(other) => {
                let value = other.chars().take(40).collect();
                return Err(MetadataError::Value { what: "kind of member", value });
            }
        };
        members.push(GroupMember { package: document.text()?.trim().to_owned(), kind });
        check_count(members.len())?;
    }
    Ok(())
}

fn read_environment<R: BufRead>(document: &mut Document<R>) -> Result<Environment, MetadataError> {
    let mut environment = Environment::default();
    while let Step::Open(element) = document.step()? {
        let name = element.name().to_owned();
        let attributes = element.attributes()?;
        match name.as_str() {
            "id" => document.text()?.trim().clone_into(&mut environment.id),
            "name" | "description" if is_translation(&attributes) => document.skip()?,
            "name" => environment.name = document.text()?,
            "description" => environment.description = document.text()?,
            "grouplist" => {
                let options = read_group_list(document)?;
                environment.groups = options.into_iter().map(|option| option.group).collect();
            }
            "optionlist" => environment.options = read_group_list(document)?,
            _ => document.skip()?,
        }
    }
    want_id(&environment.id, "environment")?;
    Ok(environment)
}

fn read_group_list<R: BufRead>(
    document: &mut Document<R>,
) -> Result<Vec<GroupOption>, MetadataError> {
    let mut options = Vec::new();
    while let Step::Open(element) = document.step()? {
        let is_default = element.attributes()?.get("default").is_some_and(is_true);
        options.push(GroupOption { group: document.text()?.trim().to_owned(), is_default });
        check_count(options.len())?;
    }
    Ok(options)
}

fn is_translation(attributes: &Attributes) -> bool {
    attributes.get("xml:lang").is_some()
}

fn is_true(text: &str) -> bool {
    text.trim().eq_ignore_ascii_case("true")
}

fn want_id(id: &str, element: &'static str) -> Result<(), MetadataError> {
    if id.is_empty() { Err(MetadataError::Lacks { element, part: "id" }) } else { Ok(()) }
}

fn check_count(count: usize) -> Result<(), MetadataError> {
    if count > MAX_ENTRIES {
        return Err(MetadataError::TooMuch { what: "groups", limit: MAX_ENTRIES as u64 });
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    const TEXT: &str = "<?xml version=\"1.0\"?>
        <!DOCTYPE comps PUBLIC \"-//Red Hat, Inc.//DTD Comps info//EN\" \"comps.dtd\">
        <comps><group><id>web</id><name>Web Server</name><name xml:lang=\"de\">Netz</name>
        <description>Serves.</description><default>false</default><uservisible>true</uservisible>
        <packagelist><packagereq type=\"mandatory\">nginx</packagereq>
        <packagereq type=\"default\">gone</packagereq>
        <packagereq type=\"optional\">extra</packagereq>
        <packagereq type=\"conditional\" requires=\"php\">nginx-php</packagereq></packagelist></group>
        <environment><id>server</id><name>Server</name><description/>
        <grouplist><groupid>web</groupid></grouplist>
        <optionlist><groupid default=\"true\">db</groupid></optionlist></environment>
        <langpacks><match name=\"a\" install=\"a-%s\"/></langpacks></comps>";

    fn groups() -> Groups {
        Groups::read(TEXT.as_bytes()).unwrap()
    }

    #[test]
    fn reads_groups_and_environments() {
        let groups = groups();
        let web = groups.group("web server").unwrap();
        assert_eq!((web.id.as_str(), web.name.as_str()), ("web", "Web Server"));
        assert_eq!(web.members.len(), 4);
        let requires = "php".to_owned();
        assert_eq!(web.members[3].kind, MemberKind::Conditional { requires });
        let server = groups.environment("server").unwrap();
        assert_eq!(server.groups, ["web"]);
        assert_eq!(server.options, [GroupOption { group: "db".to_owned(), is_default: true }]);
    }

    #[test]
    fn keeps_only_groups_that_are_wholly_carried() {
        let exists = |name: &str| name != "gone";
        let kept = groups().carried(exists, |name| name == "nginx");
        assert_eq!(kept.groups[0].members.len(), 1);
        assert!(kept.environments[0].options.is_empty());
        assert_eq!(groups().carried(exists, |name| name == "extra"), Groups::default());
    }

    #[test]
    fn refuses_entities_and_groups_without_identity() {
        for text in ["<!DOCTYPE comps [<!ENTITY a \"a\">]><comps/>", "<comps><group/></comps>"] {
            assert!(Groups::read(text.as_bytes()).is_err(), "{text}");
        }
    }
}
