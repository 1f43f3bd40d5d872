//! What a run works on: a bundle, a site, and the plan that puts both together.

use std::path::{Path, PathBuf};

use sre_format::Digest;
use sre_format::bundle::VerifiedBundle;
use sre_site::Site;
use sre_steps::{PhaseReporter, StateDirectory};

use super::ApplyError;
use crate::host::{Ansible, SecretsOfTheSite};
use crate::opening::{Inputs, OpenedBundle};
use crate::site::{self, HostPlan, HostPlanError, Release};

/// What the operator chose beside bundle and site.
#[derive(Clone, Debug, Default)]
pub struct Choices {
    /// The folder of the site, instead of the one in the state directory.
    pub folder: Option<PathBuf>,
    /// The authority of a seed server that somebody else runs.
    pub seed_authority: Option<PathBuf>,
    /// An `ansible-playbook` of this machine, instead of the bundle's.
    pub ansible_playbook: Option<PathBuf>,
}

/// A bundle, a site, and the plan that puts both together.
pub struct Work {
    opened: OpenedBundle,
    inputs: Inputs,
    site: Site,
    site_folder: PathBuf,
    plan: HostPlan,
    folder: PathBuf,
    state: PathBuf,
    choices: Choices,
}

impl Work {
    /// Reads the site and plans; blocks. Nothing is written and nobody is contacted.
    pub fn prepare(
        site: &Path,
        opened: OpenedBundle,
        inputs: Inputs,
        state: &StateDirectory,
        choices: Choices,
        told: &PhaseReporter,
    ) -> Result<Self, ApplyError> {
        let file = site::read(site, told)?;
        let absolute = |path: &Path| {
            std::path::absolute(path)
                .map_err(|source| HostPlanError::File { path: path.to_owned(), source })
        };
        let site_folder = absolute(site)?.parent().unwrap_or(Path::new("/")).to_owned();
        let site = file.into_site();
        let release = Release::of(opened.bundle())?;
        let plan = HostPlan::of(&site, release, &SecretsOfTheSite::new(&site_folder), true)?;
        let folder = match &choices.folder {
            Some(folder) => absolute(folder)?,
            None => absolute(&site::folder_of(state, &site))?,
        };
        let state = absolute(state.path())?;
        let mut choices = choices;
        if let Some(program) = &mut choices.ansible_playbook {
            // It is started in another folder; a bare name is looked for in `PATH`.
            if program.components().count() > 1 {
                *program = absolute(program)?;
            }
        }
        Ok(Self { opened, inputs, site, site_folder, plan, folder, state, choices })
    }

    /// Gives what each host gets.
    #[must_use]
    pub fn plan(&self) -> &HostPlan {
        &self.plan
    }

    /// Gives the folder of the site, absolute.
    #[must_use]
    pub fn folder(&self) -> &Path {
        &self.folder
    }

    /// Gives the bundle as it was opened.
    #[must_use]
    pub fn opened(&self) -> &OpenedBundle {
        &self.opened
    }

    pub(super) fn bundle(&self) -> &VerifiedBundle {
        self.opened.bundle()
    }

    pub(super) fn inputs(&self) -> &Inputs {
        &self.inputs
    }

    pub(super) fn site(&self) -> &Site {
        &self.site
    }

    /// Gives the digest of what the site is called, which tells its receipts from those of others.
    pub(super) fn name_digest(&self) -> Digest {
        Digest::of(self.plan.site.as_bytes())
    }

    pub(super) fn site_folder(&self) -> &Path {
        &self.site_folder
    }

    pub(super) fn state(&self) -> &Path {
        &self.state
    }

    pub(super) fn choices(&self) -> &Choices {
        &self.choices
    }

    /// Gives the Ansible that runs playbooks, unpacked from the bundle where it is not yet.
    pub(super) async fn ansible(&self) -> Result<Ansible, ApplyError> {
        if let Some(program) = &self.choices.ansible_playbook {
            return Ok(Ansible::of_machine(program));
        }
        let (bundle, state) = (self.bundle().clone(), self.state.clone());
        let found =
            tokio::task::spawn_blocking(move || Ansible::of_bundle(&bundle, &state)).await?;
        Ok(found?)
    }
}
