//! The closure of what the manifest asks for.

use std::collections::BTreeSet;

use sre_format::manifest::{RpmBase, RpmSet, WeakChoice};
use sre_rpm::Catalog;
use sre_rpm::solve::{
    BaseSystem, Exclusion, GroupMembers, GroupRequest, Request, Solution, WeakDependencies,
    paths_to_look_up, solve,
};

use super::repository::Loaded;
use crate::lock::Resolver;
use crate::rpm::{Kind, RpmError};

/// Solves for everything that a table of the manifest asks for at once.
pub(super) fn solve_for(
    resolver: &Resolver<'_>,
    set: &RpmSet,
    catalog: &mut Catalog,
    loaded: &[Loaded],
) -> Result<Solution, RpmError> {
    let mut known = BTreeSet::new();
    let base = match &set.base {
        RpmBase::None => BaseSystem::none(),
        RpmBase::List(items) => BaseSystem { items: items.clone() },
        RpmBase::Group(group) => {
            let minimal = minimal_installation(set, group);
            let found = complete(resolver, &minimal, catalog, loaded, &mut known)?;
            let names = found.packages.iter().map(|id| catalog.nevra(*id).to_string());
            BaseSystem { items: names.collect() }
        }
    };
    let request = request(set, base)?;
    complete(resolver, &request, catalog, loaded, &mut known)
}

/// Solves, after every path that something depends on was looked up in the file lists.
fn complete(
    resolver: &Resolver<'_>,
    request: &Request,
    catalog: &mut Catalog,
    loaded: &[Loaded],
    known: &mut BTreeSet<String>,
) -> Result<Solution, RpmError> {
    loop {
        let mut wanted = paths_to_look_up(catalog, request)?;
        wanted.retain(|path| known.insert(path.clone()));
        if wanted.is_empty() {
            return Ok(solve(catalog, request)?);
        }
        for one in loaded {
            if let Some((record, file, url)) = one.open(Kind::Filelists, resolver.cache)? {
                let read = catalog.read_filelists(one.id, record, file, &wanted);
                read.map_err(RpmError::metadata(url))?;
            }
        }
    }
}

fn request(set: &RpmSet, base: BaseSystem) -> Result<Request, RpmError> {
    let packages = set.packages.iter().map(|text| text.parse()).collect::<Result<_, _>>()?;
    let modules = set.modules.iter().map(|text| text.parse()).collect::<Result<_, _>>()?;
    let group = |name: &String| GroupRequest { name: name.clone(), members: GroupMembers::Default };
    Ok(Request {
        packages,
        groups: set.groups.iter().map(group).collect(),
        modules,
        excluded: set.exclude.iter().cloned().map(Exclusion).collect(),
        weak: match set.weak {
            WeakChoice::None => WeakDependencies::None,
            WeakChoice::Recommends => WeakDependencies::Recommends,
            WeakChoice::Suggests => WeakDependencies::Suggests,
        },
        base,
        platform: set.platform.clone(),
    })
}

/// Asks for what every minimal installation has: less than one has is carried once more, and more than one
/// has would be missing.
fn minimal_installation(set: &RpmSet, group: &str) -> Request {
    let group = GroupRequest { name: group.to_owned(), members: GroupMembers::Mandatory };
    Request {
        groups: vec![group],
        weak: WeakDependencies::None,
        platform: set.platform.clone(),
        ..Request::default()
    }
}
