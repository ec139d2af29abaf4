//! The address of a repository, as an argument.

/// `OWNER/NAME` on github.com, or a whole address; nothing in it can end a link or a command.
pub(super) fn repository(text: &str) -> Result<String, String> {
    let address = if text.starts_with("https://") { text.to_owned() } else { format!("https://github.com/{text}") };
    let parts: Vec<&str> = address["https://".len()..].split('/').collect();
    let is_plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.' | ':');
    let is_part = |part: &&str| part.chars().any(|c| c != '.') && part.chars().all(is_plain);
    if parts.len() == 3 && parts.iter().all(is_part) {
        Ok(address)
    } else {
        Err("expected OWNER/NAME or https://HOST/OWNER/NAME".to_owned())
    }
}
