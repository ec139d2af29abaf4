//! The address of a repository's pages, as far as its remote says it.

use std::path::Path;

use super::command::Git;

/// `https://host/owner/name` of the remote `origin` of the repository around `folder`; none where it has no such remote,
/// or one that is no address of a host.
pub fn web_address(folder: &Path) -> Option<String> {
    web(&Git::new(folder).query(&["config", "--get", "remote.origin.url"]).ok()?)
}

/// Without a user, a password or a port, which are nobody else's business or belong to another protocol.
fn web(remote: &str) -> Option<String> {
    let (host, path) = match remote.split_once("://") {
        Some(("https" | "http" | "ssh" | "git", rest)) => rest.split_once('/')?,
        Some(_) => return None,
        None => remote.split_once(':')?,
    };
    let host = host.rsplit('@').next()?.split(':').next()?;
    let path = path.trim_matches('/');
    let path = path.strip_suffix(".git").unwrap_or(path);
    let is_plain = |text: &str| text.chars().all(|c| c.is_ascii_alphanumeric() || "-._~/".contains(c));
    let is_address = host.contains('.') && path.contains('/') && is_plain(host) && is_plain(path);
    is_address.then(|| format!("https://{host}/{path}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_remote_of_a_host_has_an_address_and_no_secret_is_in_it() {
        let address = Some("https://example.org/owner/name".to_owned());
        for remote in [
            "https://example.org/owner/name.git",
            "https://user:secret@example.org/owner/name",
            "ssh://git@example.org:22/owner/name.git",
            "git@example.org:owner/name.git",
        ] {
            assert_eq!(web(remote), address, "{remote}");
        }
        for remote in ["/srv/git/name.git", "../name", "file:///srv/owner/name", "https://example.org/a/b\"onclick=c"] {
            assert_eq!(web(remote), None, "{remote}");
        }
    }
}
