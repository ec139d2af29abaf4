//! `parcost init`: the workflows of a forge, for the project in the current folder.

use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail, ensure};
use clap::{Args, ValueEnum};

use super::exit::Exit;
use super::output::{self, note};
use super::repository::repository;
use super::results;
use crate::git::Repository;
use crate::runner;

/// The commit that this program was built from; none in a debug build or outside a checkout.
const COMMIT: Option<&str> = option_env!("PARCOST_COMMIT");

/// Write the workflows that gate, comment and keep a history, for the project in the current folder
#[derive(Args, Debug)]
#[command(after_help = "\
Examples:
  parcost init
  parcost init --ci gitlab

Exit codes: 0 written · 2 usage · 3 a file exists, or this is not a package in a git repository")]
pub(super) struct Init {
    /// Forge whose workflows are written
    #[arg(long, value_enum, value_name = "FORGE", default_value_t = Forge::Github)]
    ci: Forge,
    /// Replace files that exist
    #[arg(long)]
    force: bool,
    /// Repository of parcost that the workflows install it from: OWNER/NAME on github.com, or its whole address
    #[arg(long, value_name = "REPOSITORY", value_parser = repository, default_value = env!("CARGO_PKG_REPOSITORY"))]
    tool: String,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Forge {
    Github,
    Gitlab,
    Forgejo,
}

/// A file that is written: its path below the top of the repository, its text, and what it is for.
type Template = (&'static str, &'static str, &'static str);

const GITHUB: [Template; 2] = [
    (
        ".github/workflows/parcost.yml",
        include_str!("init/github.yml"),
        "gate every pull request, keep a history of {branch}",
    ),
    (".github/workflows/parcost-comment.yml", include_str!("init/github-comment.yml"), "comment the verdict"),
];
const GITLAB: [Template; 2] = [
    (".gitlab/parcost.yml", include_str!("init/gitlab.yml"), "gate and comment every merge request, keep a history"),
    (GITLAB_CI, include_str!("init/gitlab-include.yml"), "include it"),
];
const GITLAB_CI: &str = ".gitlab-ci.yml";
const FORGEJO: [Template; 1] = [(
    ".forgejo/workflows/parcost.yml",
    include_str!("init/forgejo.yml"),
    "gate and comment every pull request, keep a history of {branch}",
)];

pub(super) fn run(arguments: &Init) -> Result<Exit> {
    let here = results::here()?;
    ensure!(
        here.join("Cargo.toml").is_file(),
        "there is no Cargo.toml in {}; go to the package to gate",
        here.display()
    );
    let git = Repository::around(&here)?;
    let values = Values::new(arguments, &git, &here)?;
    let mut said = Vec::new();
    let mut files: Vec<(PathBuf, String)> = Vec::new();
    for (path, template, purpose) in templates(arguments.ci) {
        let place = git.top().join(path);
        // The project's own pipeline stays: a line in it includes ours.
        if *path == GITLAB_CI && place.exists() {
            said.push(format!("{path} exists and stays; add to it:\n{template}"));
            continue;
        }
        if place.exists() && !arguments.force {
            bail!("{path} exists; replace it with --force");
        }
        said.push(format!("{path}: {}", purpose.replace("{branch}", &values.branch)));
        files.push((place, values.fill(template)));
    }
    for (place, text) in &files {
        output::save(place, text.as_bytes(), arguments.force)?;
    }
    output::text(&said.iter().map(|line| format!("{}\n", line.trim_end())).collect::<String>())?;
    note(&format!("pinned to {} of {}", values.pin, arguments.tool));
    if arguments.tool.contains("/OWNER/") {
        note("OWNER stands for where parcost lives: replace it in these files, or name it with --tool and --force");
    }
    if !runner::has_bench_targets(&here) {
        note("this package has no bench target yet, so that the gate has nothing to measure: add a benchmark first");
    } else {
        let request = if arguments.ci == Forge::Gitlab { "merge" } else { "pull" };
        note(&format!(
            "next: commit these files and open a {request} request; `parcost gate --base HEAD~1` measures the same here"
        ));
    }
    Ok(Exit::Success)
}

fn templates(forge: Forge) -> &'static [Template] {
    match forge {
        Forge::Github => &GITHUB,
        Forge::Gitlab => &GITLAB,
        Forge::Forgejo => &FORGEJO,
    }
}

/// What the templates leave open.
struct Values {
    /// The commit of the tool, or the tag of its version where that is not known.
    pin: String,
    revision: String,
    address: String,
    /// `OWNER/NAME` of the tool.
    path: String,
    branch: String,
    quoted_branch: String,
    directory: String,
}

impl Values {
    fn new(arguments: &Init, git: &Repository, here: &Path) -> Result<Self> {
        let path = arguments.tool.splitn(4, '/').nth(3).unwrap_or_default().to_owned();
        ensure!(
            arguments.ci != Forge::Github || arguments.tool.starts_with("https://github.com/"),
            "{} is not on github.com, where GitHub looks for actions; name a repository there with --tool",
            arguments.tool
        );
        let top = git.top().canonicalize().unwrap_or_else(|_| git.top().to_owned());
        let here = here.canonicalize().unwrap_or_else(|_| here.to_owned());
        let below = here.strip_prefix(&top).unwrap_or(Path::new("")).to_string_lossy().into_owned();
        let version = concat!("v", env!("CARGO_PKG_VERSION"));
        let (pin, revision) = match COMMIT {
            Some(commit) => (commit.to_owned(), format!("--rev {commit}")),
            None => (version.to_owned(), format!("--tag {version}")),
        };
        // A string of JSON is one of YAML.
        let branch = git.main_branch();
        let quoted = |text: &str| serde_json::to_string(text).context("a name cannot be written");
        Ok(Self {
            pin,
            revision,
            address: arguments.tool.clone(),
            path,
            quoted_branch: quoted(&branch)?,
            branch,
            directory: quoted(if below.is_empty() { "." } else { &below })?,
        })
    }

    fn fill(&self, template: &str) -> String {
        template
            .replace("OWNER/parcost/", &format!("{}/", self.path))
            .replace("@COMMIT # VERSION", &format!("@{} # v{}", self.pin, env!("CARGO_PKG_VERSION")))
            .replace("parcost-COMMIT", &format!("parcost-{}", self.pin))
            .replace("REPOSITORY REVISION", &format!("{} {}", self.address, self.revision))
            .replace("[BRANCH]", &format!("[{}]", self.quoted_branch))
            .replace(" DIRECTORY\n", &format!(" {}\n", self.directory))
    }
}
