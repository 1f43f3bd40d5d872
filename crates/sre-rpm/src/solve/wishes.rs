//! Turns a request into clauses, each with the words that say where it comes from.

use std::rc::Rc;

use super::clause::{Choices, Clause, Providers};
use super::scope::Scope;
use super::world::World;
use super::{
    GroupMembers, GroupRequest, ModuleRequest, Note, PackageRequest, Request, SolveError, order,
};
use crate::catalog::{PackageId, Text};
use crate::dependency::Capability;
use crate::evr::Evr;
use crate::metadata::{Environment, Group, MemberKind};

/// Something that is asked for.
#[derive(Clone, Debug)]
pub(super) struct Wish {
    pub(super) label: String,
    pub(super) clause: Clause,
}

/// Everything that is asked for, and what was found on the way that people should know.
#[derive(Clone, Debug, Default)]
pub(super) struct Wishes {
    pub(super) wishes: Vec<Wish>,
    pub(super) notes: Vec<Note>,
}

/// Turns a request into wishes: base packages first, then packages, groups and profiles.
pub(super) fn wishes(
    world: &World<'_>,
    request: &Request,
    scope: &Scope<'_>,
) -> Result<Wishes, SolveError> {
    let mut found = Wishes::default();
    for id in &world.assumed {
        let label = format!("{} is in the base system", world.catalog.nevra(*id));
        let clause = Clause::one_of(order::order(world, successors(world, *id), None));
        found.wishes.push(Wish { label, clause });
    }
    for wish in &request.packages {
        if let Some(choices) = package(world, wish, scope)? {
            let label = format!("`{wish}` is asked for");
            found.wishes.push(Wish { label, clause: Clause::one_of(choices) });
        }
    }
    for wish in &request.groups {
        add_group(world, wish, &mut found)?;
    }
    for wish in &request.modules {
        add_profiles(world, wish, scope, &mut found)?;
    }
    Ok(found)
}

/// Gives a base package with everything that may take its place.
fn successors(world: &World<'_>, id: PackageId) -> Vec<PackageId> {
    let package = world.catalog.package(id);
    let version = world.catalog.version(package);
    let is_newer = |other: &PackageId| {
        world.catalog.version(world.catalog.package(*other)).compare(version).is_ge()
    };
    let mut found: Vec<_> =
        world.index.named(package.name).iter().copied().filter(is_newer).collect();
    found
        .extend(world.obsoleters(package.name).into_iter().filter(|one| world.obsoletes(*one, id)));
    found
}

/// Finds the packages that a wish means, as `dnf install` does; nothing when the base system has it.
fn package(
    world: &World<'_>,
    wish: &PackageRequest,
    scope: &Scope<'_>,
) -> Result<Option<Choices>, SolveError> {
    let capability = wish.capability();
    if capability.constraint.is_none() {
        let found = by_name(world, &capability.name);
        if !found.is_empty() {
            return Ok(Some(found));
        }
    }
    let Some(found) = world.providers(capability) else { return Ok(None) };
    if found.is_empty() {
        let reason = hidden_reason(world, &capability.name, scope);
        return Err(SolveError::NoMatch { wish: wish.to_string(), reason });
    }
    Ok(Some(order::order(world, found, world.catalog.find_text(&capability.name))))
}

/// Reads a text as a name, a name with an architecture, or a name with a version, in dnf's order.
fn by_name(world: &World<'_>, text: &str) -> Choices {
    let named = world.catalog.find_text(text).map(|name| world.or_obsoleters(name));
    if let Some(found) = named.filter(|found| !found.is_empty()) {
        return found;
    }
    let mut found = Vec::new();
    if let Some((name, architecture)) = text.rsplit_once('.') {
        found = filtered(world, name, Some(architecture), None);
        if found.is_empty() {
            found = with_version(world, name, Some(architecture));
        }
    }
    if found.is_empty() {
        found = with_version(world, text, None);
    }
    order::order(world, found, None)
}

/// Reads `NAME-VERSION-RELEASE` and `NAME-VERSION`.
fn with_version(world: &World<'_>, text: &str, architecture: Option<&str>) -> Vec<PackageId> {
    let Some((rest, last)) = text.rsplit_once('-') else { return Vec::new() };
    if let Some((name, version)) = rest.rsplit_once('-')
        && let Ok(evr) = format!("{version}-{last}").parse()
    {
        let found = filtered(world, name, architecture, Some((&evr, version.contains(':'))));
        if !found.is_empty() {
            return found;
        }
    }
    match last.parse() {
        Ok(evr) => filtered(world, rest, architecture, Some((&evr, last.contains(':')))),
        Err(_) => Vec::new(),
    }
}

/// Finds packages by name, architecture and version; an epoch counts only when it was written.
fn filtered(
    world: &World<'_>,
    name: &str,
    architecture: Option<&str>,
    version: Option<(&Evr, bool)>,
) -> Vec<PackageId> {
    let Some(name) = world.catalog.find_text(name) else { return Vec::new() };
    let fits = |id: &PackageId| {
        let package = world.catalog.package(*id);
        let own = world.catalog.version(package);
        let has_architecture =
            architecture.is_none_or(|wanted| world.catalog.text(package.architecture) == wanted);
        let has_version = version.is_none_or(|(wanted, with_epoch)| {
            let release = wanted.release.as_deref();
            own.version == wanted.version
                && (release.is_none() || release == own.release)
                && (!with_epoch || own.epoch == wanted.epoch)
        });
        has_architecture && has_version
    };
    world.index.named(name).iter().copied().filter(fits).collect()
}

/// Says why packages of a name are out of sight, if there are some.
fn hidden_reason(world: &World<'_>, text: &str, scope: &Scope<'_>) -> Option<String> {
    let name = world.catalog.find_text(text);
    let by_name = name.and_then(|name| {
        let mut all = world.catalog.all().filter(|(_, package)| package.name == name);
        all.find_map(|(id, _)| scope.reason(id)).map(str::to_owned)
    });
    let is_foreign = || {
        let (_, architecture) = text.rsplit_once('.')?;
        let suits = world.catalog.architecture().suits(architecture)?;
        let foreign = suits != crate::architecture::Suitability::Native;
        foreign.then(|| format!("packages for {architecture} are left out unless asked for"))
    };
    by_name.or_else(is_foreign)
}

fn add_group(world: &World<'_>, wish: &GroupRequest, found: &mut Wishes) -> Result<(), SolveError> {
    let name = wish.name.as_str();
    if add_groups(world, name, wish.members, found) {
        return Ok(());
    }
    let all = || world.catalog.groups().flat_map(|groups| &groups.environments);
    let mut environments = named(all, name, |one| (&one.id, &one.name)).peekable();
    if environments.peek().is_none() {
        return Err(SolveError::NoSuchGroup { name: name.to_owned() });
    }
    for environment in environments {
        add_environment(world, environment, wish, found);
    }
    Ok(())
}

fn add_environment(
    world: &World<'_>,
    environment: &Environment,
    wish: &GroupRequest,
    found: &mut Wishes,
) {
    let optional = environment.options.iter().filter(|option| match wish.members {
        GroupMembers::Mandatory => false,
        GroupMembers::Default => option.is_default,
        GroupMembers::Optional => true,
    });
    let wanted = environment.groups.iter().chain(optional.map(|option| &option.group));
    for id in wanted {
        if !add_groups(world, id, wish.members, found) {
            let (environment, group) = (environment.id.clone(), id.clone());
            found.notes.push(Note::GroupMissing { environment, group });
        }
    }
}

/// Adds the members that any repository gives a group; tells whether some repository has it.
fn add_groups(world: &World<'_>, name: &str, taken: GroupMembers, found: &mut Wishes) -> bool {
    let all = || world.catalog.groups().flat_map(|groups| &groups.groups);
    let mut is_known = false;
    for group in named(all, name, |one| (&one.id, &one.name)) {
        is_known = true;
        add_members(world, group, taken, found);
    }
    is_known
}

/// Finds by identity or else by name for people; what repositories say of one identity is one, as for dnf.
fn named<'a, T: 'a, I: Iterator<Item = &'a T>>(
    all: impl Fn() -> I,
    name: &str,
    names: impl Fn(&T) -> (&String, &String),
) -> impl Iterator<Item = &'a T> {
    let by_id = all().find(|one| names(one).0 == name);
    let found = by_id.or_else(|| all().find(|one| names(one).1.eq_ignore_ascii_case(name)));
    let id = found.map(|one| names(one).0.clone());
    all().filter(move |one| id.as_ref() == Some(names(one).0))
}

fn add_members(world: &World<'_>, group: &Group, taken: GroupMembers, found: &mut Wishes) {
    for member in &group.members {
        let is_taken = match member.kind {
            MemberKind::Mandatory | MemberKind::Conditional { .. } => true,
            MemberKind::Default => taken != GroupMembers::Mandatory,
            MemberKind::Optional => taken == GroupMembers::Optional,
        };
        if !is_taken {
            continue;
        }
        let wanted = by_name(world, &member.package);
        let label =
            format!("`{}` is in the group {}, which is asked for", member.package, group.id);
        let conditions = match &member.kind {
            MemberKind::Conditional { requires } => {
                match world.providers(&Capability::any(requires)) {
                    Some(others) if others.is_empty() => continue,
                    Some(others) => vec![others.into()],
                    None => Vec::new(),
                }
            }
            _ => Vec::new(),
        };
        if wanted.is_empty() {
            let (group, package) = (group.id.clone(), member.package.clone());
            found.notes.push(Note::GroupMemberMissing { group, package });
            continue;
        }
        found.wishes.push(Wish { label, clause: Clause { conditions, wanted } });
    }
}

fn add_profiles(
    world: &World<'_>,
    wish: &ModuleRequest,
    scope: &Scope<'_>,
    found: &mut Wishes,
) -> Result<(), SolveError> {
    let Some(stream) = scope.streams.get(wish.name.as_str()) else { return Ok(()) };
    for profile in &wish.profiles {
        let names = stream.profiles.get(profile).ok_or_else(|| SolveError::NoSuchProfile {
            module: format!("{}:{}", stream.name, stream.stream),
            profile: profile.clone(),
            known: stream.profiles.keys().cloned().collect(),
        })?;
        for name in names {
            let label = format!("`{name}` is in the profile {wish}, which is asked for");
            let wanted = by_name(world, name);
            if wanted.is_empty() {
                return Err(SolveError::NoMatch { wish: name.clone(), reason: Some(label) });
            }
            found.wishes.push(Wish { label, clause: Clause::one_of(wanted) });
        }
    }
    Ok(())
}

impl World<'_> {
    /// Gives the packages of a name, or first whoever obsoletes the preferred one of them; obsoleters of
    /// others come last, for when nothing else fits.
    fn or_obsoleters(&self, name: Text) -> Choices {
        let named = order::order(self, self.index.named(name).to_vec(), None);
        let Some(best) = named.first().copied() else { return named };
        let replaces = |one: &PackageId| self.obsoletes(*one, best) && !self.obsoletes(best, *one);
        let (first, last): (Vec<PackageId>, Vec<PackageId>) =
            self.obsoleters(name).into_iter().partition(replaces);
        let (first, last) = (order::order(self, first, None), order::order(self, last, None));
        first.iter().chain(named.iter()).chain(last.iter()).copied().collect()
    }

    /// Gives the packages that obsolete some version of a name.
    fn obsoleters(&self, name: Text) -> Vec<PackageId> {
        let named = self.index.named(name);
        self.index
            .obsoleting(name)
            .iter()
            .copied()
            .filter(|one| named.iter().any(|other| self.obsoletes(*one, *other)))
            .collect()
    }
}

impl Wish {
    /// Makes a wish for exactly one package, for building on what is decided.
    pub(super) fn decided(id: PackageId) -> Self {
        Self { label: String::new(), clause: Clause::one_of(Rc::new([id])) }
    }
}
