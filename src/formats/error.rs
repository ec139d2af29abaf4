//! What keeps a file of another tool from being read or written.

use std::path::PathBuf;

use super::Form;

/// Why something could not be read or written; the message names the file, the series and what to do.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The system would not let us read it.
    #[error("{} cannot be read: {source}", path.display())]
    Unreadable {
        /// The file or folder.
        path: PathBuf,
        /// What the system said.
        source: std::io::Error,
    },
    /// It is larger than anything that is read here.
    #[error("{file} is larger than {} MiB; split it, or leave out what is old", limit >> 20)]
    TooLarge {
        /// The file or folder.
        file: String,
        /// The limit, bytes.
        limit: usize,
    },
    /// It is not as its form has it.
    #[error("{file} is not as {form} has it: {reason}; is it of another form (--from), or cut off?")]
    Strange {
        /// The file.
        file: String,
        /// The form.
        form: Form,
        /// What is wrong, and where.
        reason: String,
    },
    /// A value that is no number, or a spread that is none.
    #[error("{file}: series `{series}`, entry {entry}: {reason}; correct or remove it")]
    Value {
        /// The file.
        file: String,
        /// The series.
        series: String,
        /// The entry, run or line, counted from 0 in the file.
        entry: usize,
        /// What is wrong.
        reason: String,
    },
    /// Nobody says which way its series are better.
    #[error(
        "{file}: nobody says which way {} better; say --better lower or --better higher",
        if series.len() == 1 { format!("`{}` is", series[0]) }
        else { format!("`{}` and {} more are", series[0], series.len() - 1) }
    )]
    Direction {
        /// The file.
        file: String,
        /// The series; at least one.
        series: Vec<String>,
    },
    /// There is no benchmark in it.
    #[error("{file} holds no benchmark of the form {form}; is it of another form (--from)?")]
    Empty {
        /// The file.
        file: String,
        /// The form.
        form: Form,
    },
    /// Its form cannot be told from its content.
    #[error("nobody can tell what form {file} is of{}; say it with --from", candidates(forms))]
    Undetected {
        /// The file.
        file: String,
        /// The forms that it could be of.
        forms: Vec<Form>,
    },
    /// A history cannot be written in a form.
    #[error("this cannot be written as {form}: {reason}")]
    Unwritable {
        /// The form.
        form: Form,
        /// What the form cannot hold, and what to do.
        reason: String,
    },
    /// A form that is only written, or only read.
    #[error("{form} is {only} only")]
    OneWay {
        /// The form.
        form: Form,
        /// `read` or `written`.
        only: &'static str,
    },
}

fn candidates(forms: &[Form]) -> String {
    if forms.is_empty() {
        return String::new();
    }
    let names: Vec<&str> = forms.iter().map(|form| form.name()).collect();
    format!(": it could be {}", names.join(" or "))
}
