//! `/`: what is here, for people with a browser or `curl`.

use std::fmt::{self, Write as _};
use std::sync::{Arc, OnceLock};

use percent_encoding::{AsciiSet, CONTROLS, utf8_percent_encode};
use sre_format::PlatformName;
use sre_format::bundle::{EntryKind, Identity};

use super::{Authority, BundleLibrary, files};

/// How many rows a list on the page has at most; `sre-install inspect` shows all.
const MAX_ROWS: usize = 1000;

/// What the page says about the server itself.
#[derive(Clone, Debug)]
pub struct Sign {
    /// The address that was listened on, as a URL.
    pub url: String,
    /// Who vouches for the bundle, a line for each key.
    pub vouchers: Vec<String>,
    /// What clients must trust, where the server made it.
    pub authority: Option<Authority>,
}

/// Stands in the page where the address of the server belongs; no name can hold it.
const URL: char = '\u{1}';
/// The longest `Host` that is repeated.
const MAX_HOST: usize = 260;

/// The page without the address, which depends on who asks: a server that listens on every address
/// does not know by which one it is reached.
pub(super) struct Page {
    library: Arc<BundleLibrary>,
    sign: Sign,
    /// Rendered when first asked for; nothing on it but the address changes while the server runs.
    text: OnceLock<String>,
}

impl Page {
    pub(super) fn new(library: Arc<BundleLibrary>, sign: Sign) -> Self {
        Self { library, sign, text: OnceLock::new() }
    }

    fn text(&self) -> &str {
        self.text.get_or_init(|| {
            let mut text = HEAD.to_owned();
            // Writing to a string does not fail.
            let _infallible = write_body(&mut text, &self.library, &self.sign);
            text + "</body></html>\n"
        })
    }

    /// Gives the page for somebody who asked for a host.
    pub(super) fn for_host(&self, host: Option<&str>) -> String {
        let url = self.sign.url.as_str();
        let own = url.split_once("://").map_or(url, |(_, own)| own);
        let legal = |host: &&str| {
            let known = |byte: u8| byte.is_ascii_alphanumeric() || b".-:[]".contains(&byte);
            !host.is_empty() && host.len() <= MAX_HOST && host.bytes().all(known)
        };
        let host = host.filter(legal).unwrap_or(own);
        self.text().replace(URL, host)
    }
}

fn write_body(page: &mut String, library: &BundleLibrary, sign: &Sign) -> fmt::Result {
    let bundle = library.source().bundle();
    let table = bundle.table();
    let Identity { name, version, channel, serial, platforms, created, .. } = &table.identity;
    let heading = format!("{name} {version}");
    writeln!(page, "<title>{0}</title></head><body><h1>{0}</h1>", escape(&heading))?;
    writeln!(page, "<p>A bundle, served in place. Every byte is checked before it leaves.</p>")?;
    writeln!(page, "<table>")?;
    row(page, "channel", &format!("{channel}, serial {serial}"))?;
    row(page, "made", &created.to_string())?;
    let platforms: Vec<_> = platforms.iter().map(PlatformName::as_str).collect();
    row(page, "platforms", &platforms.join(", "))?;
    row(page, "content", &bundle.content_digest().to_string())?;
    for voucher in &sign.vouchers {
        row(page, "signed by", voucher)?;
    }
    if let Some(authority) = &sign.authority {
        row(page, "CA fingerprint", &format!("SHA-256 {}", authority.fingerprint))?;
    }
    writeln!(page, "</table>")?;
    usage(page, library, sign)?;
    let images = library.images().map(|(name, digest)| (escape(&name), digest.to_string()));
    list(page, "Images and charts", library.count(), images)?;
    let carried = table.entries.iter().filter(|entry| entry.kind == EntryKind::File);
    let carried = carried.filter_map(|entry| {
        let name = entry.path.as_str().strip_prefix(files::FOLDER)?;
        let link = format!("<a href=\"/files/{}\">{}</a>", address(name), escape(name));
        Some((link, format!("{} bytes, {}", entry.size, entry.digest)))
    });
    let carried: Vec<_> = carried.collect();
    list(page, "Files", carried.len(), carried.into_iter())
}

fn usage(page: &mut String, library: &BundleLibrary, sign: &Sign) -> fmt::Result {
    let scheme = if sign.url.starts_with("http://") { "http" } else { "https" };
    let url = format!("{scheme}://{URL}");
    let plain = scheme == "http";
    let example = library.images().next();
    let example = example.map_or_else(|| "host/path:tag".to_owned(), |(name, _)| name);
    let path = example.split_once('/').map_or(example.as_str(), |(_, path)| path).to_owned();
    writeln!(page, "<h2>How to use it</h2><pre>")?;
    if sign.authority.is_some() {
        writeln!(page, "# compare the fingerprint above with the one on paper, then trust it")?;
        writeln!(page, "curl -k {url}/ca.pem -o sre-ca.crt")?;
        writeln!(page, "openssl x509 -in sre-ca.crt -noout -fingerprint -sha256\n")?;
    }
    let skopeo = match (plain, sign.authority.is_some()) {
        (true, _) => "--src-tls-verify=false ",
        // It takes every `*.crt` of a folder.
        (false, true) => "--src-cert-dir . ",
        (false, false) => "",
    };
    writeln!(page, "# one image, by its own path")?;
    writeln!(page, "skopeo copy {skopeo}docker://{URL}/{} oci:image\n", escape(&path))?;
    writeln!(page, "# as a mirror for containerd: /etc/containerd/certs.d/_default/hosts.toml")?;
    writeln!(page, "[host.\"{url}\"]\n  capabilities = [\"pull\", \"resolve\"]")?;
    if sign.authority.is_some() {
        writeln!(page, "  ca = \"/etc/containerd/certs.d/_default/sre-ca.crt\"")?;
    }
    dnf(page, library, &url, sign.authority.is_some())?;
    apt(page, library, &url, sign.authority.is_some())?;
    writeln!(page, "</pre>")
}

/// Shows how hosts use the dnf repositories.
fn dnf(page: &mut String, library: &BundleLibrary, url: &str, own_authority: bool) -> fmt::Result {
    let source = library.source();
    let bundle = source.bundle();
    let entries = &bundle.table().entries;
    let within = |name: &str, folder: &str| -> Vec<String> {
        let folder = format!("{}{name}/{folder}", files::RPM_FOLDER);
        let paths = entries.iter().map(|entry| entry.path.as_str());
        paths.filter(|path| path.starts_with(&folder)).map(str::to_owned).collect()
    };
    for entry in entries {
        let inside = entry.path.as_str().strip_prefix(files::RPM_FOLDER);
        let Some(name) = inside.and_then(|path| path.strip_suffix("/repodata/repomd.xml")) else {
            continue;
        };
        let mut keys = within(name, "keys/");
        let own = within(name, "repodata/repomd.xml.key");
        let is_signed = u8::from(!own.is_empty());
        let checked = u8::from(!keys.is_empty());
        keys.extend(own);
        let keys: Vec<_> = keys.iter().map(|key| format!("{url}/{}", address(key))).collect();
        let name = escape(name);
        writeln!(page, "\n# the packages `{name}` for dnf: /etc/yum.repos.d/{name}.repo")?;
        writeln!(page, "[{name}]\nname = {name}\nbaseurl = {url}/rpm/{name}/")?;
        writeln!(page, "gpgcheck = {checked}\nrepo_gpgcheck = {is_signed}")?;
        if !keys.is_empty() {
            writeln!(page, "gpgkey = {}", keys.join(" "))?;
        }
        if own_authority {
            writeln!(page, "sslcacert = /etc/pki/ca-trust/source/anchors/sre-ca.crt")?;
        }
    }
    Ok(())
}

/// Shows how hosts use the apt repositories.
fn apt(page: &mut String, library: &BundleLibrary, url: &str, own_authority: bool) -> fmt::Result {
    for entry in &library.source().bundle().table().entries {
        let inside = entry.path.as_str().strip_prefix(files::DEB_FOLDER);
        let Some((name, _)) = inside.and_then(|path| path.split_once("/dists/")) else { continue };
        if entry.kind != EntryKind::RepositorySignature
            || !entry.path.as_str().ends_with("/InRelease")
        {
            continue;
        }
        let (key, name) = (format!("/etc/apt/keyrings/{}.asc", escape(name)), escape(name));
        writeln!(page, "\n# the packages `{name}` for apt")?;
        let authority = if own_authority { "--cacert sre-ca.crt " } else { "" };
        writeln!(page, "curl {authority}{url}/deb/{name}/key.asc -o {key}")?;
        writeln!(page, "gpg --show-keys {key}  # compare the fingerprint with the site's own")?;
        if own_authority {
            writeln!(page, "cp sre-ca.crt /etc/apt/sre-ca.crt")?;
            writeln!(page, "echo 'Acquire::https::CAInfo \"/etc/apt/sre-ca.crt\";' &gt; \\")?;
            writeln!(page, "  /etc/apt/apt.conf.d/50sre")?;
        }
        writeln!(page, "echo 'deb [signed-by={key}] {url}/deb/{name} {name} main' &gt; \\")?;
        writeln!(page, "  /etc/apt/sources.list.d/{name}.list")?;
    }
    Ok(())
}

fn row(page: &mut String, name: &str, value: &str) -> fmt::Result {
    writeln!(page, "<tr><th>{name}</th><td>{}</td></tr>", escape(value))
}

/// Lists rows whose first column is markup already.
fn list(
    page: &mut String,
    title: &str,
    count: usize,
    rows: impl Iterator<Item = (String, String)>,
) -> fmt::Result {
    if count == 0 {
        return Ok(());
    }
    writeln!(page, "<h2>{title} ({count})</h2><table>")?;
    for (first, second) in rows.take(MAX_ROWS) {
        writeln!(page, "<tr><td>{first}</td><td><code>{}</code></td></tr>", escape(&second))?;
    }
    writeln!(page, "</table>")?;
    match count.saturating_sub(MAX_ROWS) {
        0 => Ok(()),
        more => writeln!(page, "<p>and {more} more: <code>sre-install inspect</code></p>"),
    }
}

/// What a path of a bundle may hold and a URL may not.
const NOT_IN_URLS: &AsciiSet = &CONTROLS
    .add(b' ')
    .add(b'"')
    .add(b'#')
    .add(b'%')
    .add(b'&')
    .add(b'\'')
    .add(b'<')
    .add(b'>')
    .add(b'?')
    .add(b'`')
    .add(b'{')
    .add(b'}');

/// Gives a path as it stands in a URL, which is no markup either.
fn address(path: &str) -> impl std::fmt::Display {
    utf8_percent_encode(path, NOT_IN_URLS)
}

fn escape(text: &str) -> String {
    let mut safe = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => safe.push_str("&amp;"),
            '<' => safe.push_str("&lt;"),
            '>' => safe.push_str("&gt;"),
            '"' => safe.push_str("&quot;"),
            '\'' => safe.push_str("&#39;"),
            _ => safe.push(c),
        }
    }
    safe
}

const HEAD: &str = "<!doctype html>
<html lang=\"en\"><head><meta charset=\"utf-8\">
<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">
<style>
body { font: 16px/1.5 system-ui, sans-serif; max-width: 60rem; margin: 2rem auto; padding: 0 1rem; color: #1a1a1a; background: #fff }
h1, h2 { line-height: 1.2 }
table { border-collapse: collapse; width: 100% }
th, td { text-align: left; vertical-align: top; padding: .25rem .75rem .25rem 0; border-bottom: 1px solid #ddd; overflow-wrap: anywhere }
th { font-weight: 600; white-space: nowrap; width: 9rem }
pre { background: #f4f4f4; padding: 1rem; overflow-x: auto }
code, pre { font: 14px/1.4 ui-monospace, monospace }
@media (prefers-color-scheme: dark) { body { color: #e6e6e6; background: #161616 } pre { background: #222 } th, td { border-color: #333 } a { color: #8ab4f8 } }
</style>
";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_in_a_name_becomes_markup() {
        assert_eq!(escape("<a href='x'>&\""), "&lt;a href=&#39;x&#39;&gt;&amp;&quot;");
    }

    #[test]
    fn links_lead_to_files_whatever_they_are_called() {
        let link = address("a b/100%25#c.txt").to_string();
        assert_eq!(link, "a%20b/100%2525%23c.txt");
    }
}
