//! Our modules for OpenTofu, which are a part of this program: the variables that it writes fit them.

/// Paths in the folder that OpenTofu works in, and what is in each file.
pub(super) const MODULES: [(&str, &str); 9] = [
    ("main.tf", include_str!("../../../infra/tofu/main.tf")),
    ("variables.tf", include_str!("../../../infra/tofu/variables.tf")),
    ("outputs.tf", include_str!("../../../infra/tofu/outputs.tf")),
    ("modules/proxmox/main.tf", include_str!("../../../infra/tofu/modules/proxmox/main.tf")),
    ("modules/proxmox/outputs.tf", include_str!("../../../infra/tofu/modules/proxmox/outputs.tf")),
    (
        "modules/proxmox/placement.tf",
        include_str!("../../../infra/tofu/modules/proxmox/placement.tf"),
    ),
    (
        "modules/proxmox/template.tf",
        include_str!("../../../infra/tofu/modules/proxmox/template.tf"),
    ),
    (
        "modules/proxmox/variables.tf",
        include_str!("../../../infra/tofu/modules/proxmox/variables.tf"),
    ),
    (
        "modules/proxmox/versions.tf",
        include_str!("../../../infra/tofu/modules/proxmox/versions.tf"),
    ),
];

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;
    use std::fs;
    use std::path::Path;

    use super::*;

    #[test]
    fn no_file_of_the_modules_is_left_out() {
        let root = Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/../infra/tofu"));
        let mut found = BTreeSet::new();
        for folder in ["", "modules/proxmox"] {
            for entry in fs::read_dir(root.join(folder)).unwrap() {
                let path = entry.unwrap().path();
                if path.extension().is_some_and(|ending| ending == "tf") {
                    let inside = path.strip_prefix(root).unwrap();
                    found.insert(inside.to_str().unwrap().to_owned());
                }
            }
        }
        let ours: BTreeSet<_> = MODULES.iter().map(|(path, _)| (*path).to_owned()).collect();
        assert_eq!(ours, found);
    }
}
