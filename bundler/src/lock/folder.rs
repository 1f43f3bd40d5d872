//! Folders of this machine.

use sre_format::lock::LockedFolder;
use sre_format::manifest::Folder;

use super::{ResolveError, Resolver};
use crate::folder::pack;

impl Resolver<'_> {
    pub(super) async fn folder(&self, folder: &Folder) -> Result<LockedFolder, ResolveError> {
        let (path, ignore) = (self.folder.join(&folder.path), folder.ignore.clone());
        let cache = self.cache.clone();
        let packing = tokio::task::spawn_blocking(move || pack(&path, &ignore, &cache));
        let packed = packing.await.map_err(|_| ResolveError::Task)??;
        Ok(LockedFolder::new(folder, packed.files, packed.content, packed.layer))
    }
}
