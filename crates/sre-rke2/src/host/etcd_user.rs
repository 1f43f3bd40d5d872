//! The user that etcd runs as under `profile: cis`.

/// A user of the system.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SystemUser {
    /// The name, and that of the group of its own.
    pub name: &'static str,
    /// The comment in `/etc/passwd`.
    pub comment: &'static str,
    /// The shell.
    pub shell: &'static str,
}

/// The user of etcd. RKE2 looks for it, and for the group, in `/etc/passwd` and `/etc/group` and
/// nowhere else, so one of LDAP or of systemd's own database is none.
pub const ETCD_USER: SystemUser =
    SystemUser { name: "etcd", comment: "etcd user", shell: "/sbin/nologin" };

impl SystemUser {
    /// Gives the arguments of `useradd`: a system user with a group and without a home.
    #[must_use]
    pub const fn useradd_arguments(self) -> [&'static str; 8] {
        ["-r", "-M", "-U", "-c", self.comment, "-s", self.shell, self.name]
    }

    /// Says whether texts of `/etc/passwd` and `/etc/group` have the user and the group.
    #[must_use]
    pub fn is_in(self, passwd: &str, group: &str) -> bool {
        let has = |text: &str| {
            text.lines().any(|line| line.split(':').next().is_some_and(|name| name == self.name))
        };
        has(passwd) && has(group)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn wants_the_user_and_the_group_by_their_whole_names() {
        let (user, group) =
            ("root:x:0:0::/:\netcd:x:994:994:etcd user:/:/sbin/nologin", "etcd:x:994:");
        for (passwd, groups, found) in [
            (user, group, true),
            (user, "etcd-admins:x:1:etcd", false),
            ("etcdx:x:1:1::/:", group, false),
            ("", "", false),
        ] {
            assert_eq!(ETCD_USER.is_in(passwd, groups), found, "{passwd} {groups}");
        }
    }
}
