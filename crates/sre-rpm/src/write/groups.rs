//! Groups and environments.

use super::WriteError;
use super::xml::Xml;
use crate::metadata::{Environment, Group, Groups, MemberKind};

pub(super) fn groups(groups: &Groups) -> Result<Vec<u8>, WriteError> {
    let mut xml = Xml::begin("comps", &[])?;
    for group in &groups.groups {
        write_group(&mut xml, group)?;
    }
    for environment in &groups.environments {
        write_environment(&mut xml, environment)?;
    }
    xml.end("comps")
}

fn write_group(xml: &mut Xml, group: &Group) -> Result<(), WriteError> {
    xml.open("group", &[])?;
    xml.text("id", &[], &group.id)?;
    xml.text("name", &[], &group.name)?;
    xml.text("description", &[], &group.description)?;
    xml.text("default", &[], word(group.is_default))?;
    xml.text("uservisible", &[], word(group.is_visible))?;
    xml.open("packagelist", &[])?;
    for member in &group.members {
        let (kind, requires) = match &member.kind {
            MemberKind::Mandatory => ("mandatory", None),
            MemberKind::Default => ("default", None),
            MemberKind::Optional => ("optional", None),
            MemberKind::Conditional { requires } => ("conditional", Some(requires)),
        };
        let mut attributes = vec![("type", kind)];
        attributes.extend(requires.map(|other| ("requires", other.as_str())));
        xml.text("packagereq", &attributes, &member.package)?;
    }
    xml.close("packagelist")?;
    xml.close("group")
}

fn write_environment(xml: &mut Xml, environment: &Environment) -> Result<(), WriteError> {
    xml.open("environment", &[])?;
    xml.text("id", &[], &environment.id)?;
    xml.text("name", &[], &environment.name)?;
    xml.text("description", &[], &environment.description)?;
    xml.open("grouplist", &[])?;
    for group in &environment.groups {
        xml.text("groupid", &[], group)?;
    }
    xml.close("grouplist")?;
    xml.open("optionlist", &[])?;
    for option in &environment.options {
        let is_default = [("default", "true")];
        xml.text("groupid", if option.is_default { &is_default } else { &[] }, &option.group)?;
    }
    xml.close("optionlist")?;
    xml.close("environment")
}

fn word(is_true: bool) -> &'static str {
    if is_true { "true" } else { "false" }
}
