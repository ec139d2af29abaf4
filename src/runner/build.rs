//! Builds the bench targets of a checkout, both sides alike.

use std::collections::BTreeMap;
use std::fs;
use std::io::Cursor;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use cargo_metadata::{Message, Metadata, MetadataCommand, Package, Target};

use super::obstacle::{left_broken, obstacle};
use super::program::{Kind, sources};
use super::{Error, Program, Settings, Side, Sides, cargo_settings};
use crate::git::Checkout;
use crate::model::Omission;
use crate::process;

/// Has LLVM start loops and the targets of jumps at multiples of 64 bytes, so that a change elsewhere in the program does
/// not move them against the processor's fetch windows: that alone moved tight loops by up to 72 %, and 1 to 6 % with these.
const ALIGNING: [&str; 4] = ["-C", "llvm-args=-align-all-nofallthru-blocks=6", "-C", "llvm-args=-align-loops=64"];

const COMPLAINT_LINES_MAX: usize = 40;

#[derive(Clone, Debug, Default)]
pub struct Selection {
    /// Packages; without any, the one in the current folder, or all members where that is not a package.
    pub packages: Vec<String>,
    /// Bench targets; without any, those that the package's settings name, or all.
    pub benches: Vec<String>,
    /// Further arguments for cargo's build: `--features=…`.
    pub cargo: Vec<String>,
}

#[derive(Clone, Debug)]
pub struct Build {
    pub checkout: Checkout,
    pub programs: Vec<Program>,
    /// The binary that the settings name as launcher.
    pub launcher: Option<PathBuf>,
    /// Bench targets that cargo passes over without a word.
    pub unbuilt: Vec<Omission>,
    /// Every program and shared library that was built, by package, kind and name of its target.
    pub artifacts: BTreeMap<String, PathBuf>,
    pub settings: Settings,
    /// Whether the compiler aligned loops; a project's own flags may prevent it.
    pub aligned: bool,
    pub compiler: String,
    /// Further arguments for cargo, as they were given for the build, to be repeated when cargo runs once more.
    pub cargo: Vec<String>,
}

impl Build {
    /// Builds with the bench profile, incremental compilation off.
    ///
    /// Fails when the package is not there, does not build, or has none of the bench targets.
    pub fn of(checkout: Checkout, side: Side, selection: &Selection) -> Result<Self, Error> {
        let metadata = metadata(&checkout)?;
        let (packages, is_one) = packages(&metadata, &checkout, selection)?;
        let settings = settings_of(&packages)?;
        let benches = if selection.benches.is_empty() { &settings.benches } else { &selection.benches };
        let artifacts = cargo_bench(&checkout, side, &packages, selection, &settings)?;
        let cargo_environment = cargo_settings::environment(&checkout);
        let topic = |package: &Package, target: &Target| match is_one {
            true => target.name.clone(),
            false => format!("{}/{}", package.name, target.name),
        };
        let mut programs = Vec::new();
        let mut launcher = None;
        let mut loaded = BTreeMap::new();
        for artifact in &artifacts {
            let kinds: Vec<String> = artifact.target.kind.iter().map(ToString::to_string).collect();
            let is_library = |path: &&cargo_metadata::camino::Utf8PathBuf| path.extension() == Some("so");
            let files = artifact.executable.iter().chain(artifact.filenames.iter().filter(is_library));
            let test = if artifact.profile.test { " test" } else { "" };
            let name = |place: usize| {
                format!("{} {}{test} {} {place}", artifact.package_id, kinds.join("+"), artifact.target.name)
            };
            if !kinds.iter().any(|kind| kind == "proc-macro" || kind == "custom-build") {
                loaded.extend(files.enumerate().map(|(place, file)| (name(place), file.as_std_path().to_owned())));
            }
            let Some(path) = &artifact.executable else { continue };
            let Some(package) = packages.iter().find(|package| package.id == artifact.package_id) else { continue };
            // Binaries are built for the bench targets; by name, cargo would build test programs of them.
            if is_kind(&artifact.target, "bin")
                && !artifact.profile.test
                && settings.launcher.as_deref() == Some(artifact.target.name.as_str())
            {
                launcher = Some(path.as_std_path().to_owned());
            }
            let wanted = benches.is_empty() || benches.contains(&artifact.target.name);
            if is_kind(&artifact.target, "bench") && wanted {
                programs.push(Program {
                    topic: topic(package, &artifact.target),
                    target: artifact.target.name.clone(),
                    package: package.name.clone(),
                    path: path.as_std_path().to_owned(),
                    folder: package.manifest_path.parent().map(Into::into).unwrap_or_default(),
                    cargo_environment: cargo_environment.clone(),
                    environment: settings.environment.clone(),
                    kind: Kind::of(artifact.target.src_path.as_std_path())?,
                    sources: sources(path.as_std_path(), metadata.workspace_root.as_std_path(), &checkout.tree),
                });
            }
        }
        programs.sort_by(|a, b| a.topic.cmp(&b.topic));
        let is_passed_over = |package: &Package, target: &Target| {
            let is_built = |it: &Program| it.target == target.name && it.package == package.name.as_str();
            let is_wanted = benches.is_empty() || benches.contains(&target.name);
            let needs_features = is_kind(target, "bench") && !target.required_features.is_empty();
            needs_features && is_wanted && !programs.iter().any(is_built)
        };
        let mut unbuilt = Vec::new();
        for package in &packages {
            for target in package.targets.iter().filter(|target| is_passed_over(package, target)) {
                let features = target.required_features.join(",");
                let reason = format!("it needs features that are off; measure it with --cargo=--features={features}");
                let topic = topic(package, target);
                unbuilt.push(Omission { what: topic.clone(), topic, reason });
            }
        }
        if let Some(name) = settings.launcher.as_ref().filter(|_| side == Side::Candidate && launcher.is_none()) {
            let reason =
                format!("[package.metadata.parcost] names the launcher `{name}`, but cargo did not build this binary");
            return Err(Error::package(checkout.package.join("Cargo.toml"), reason));
        }
        let compiler = compiler(&checkout.package)?;
        let aligned = !has_target_flags(&checkout.package);
        let cargo = selection.cargo.clone();
        Ok(Self { checkout, programs, launcher, unbuilt, artifacts: loaded, settings, aligned, compiler, cargo })
    }
}

/// What the packages say of their benchmarks; those that say something say the same.
fn settings_of(packages: &[&Package]) -> Result<Settings, Error> {
    let mut settings = Settings::default();
    for package in packages {
        let own = Settings::of(&package.metadata).map_err(|error| {
            Error::package(&package.manifest_path, format!("[package.metadata.parcost] is not as expected: {error}"))
        })?;
        if own == Settings::default() || own == settings {
            continue;
        }
        if settings != Settings::default() {
            let reason = "its [package.metadata.parcost] differs from that of an earlier package; choose one of them with \
                          --package";
            return Err(Error::package(&package.manifest_path, reason));
        }
        settings = own;
    }
    Ok(settings)
}

/// Whether the packages name a launcher, before anything is built.
pub fn names_launcher(checkout: &Checkout, selection: &Selection) -> Result<bool, Error> {
    let metadata = metadata(checkout)?;
    let (packages, _) = packages(&metadata, checkout, selection)?;
    Ok(settings_of(&packages)?.launcher.is_some())
}

/// Fails where a checkout lacks a bench target that was asked for, before anything is built. A baseline may not have it yet.
pub fn check_benches(checkout: &Checkout, selection: &Selection) -> Result<(), Error> {
    let metadata = metadata(checkout)?;
    let (packages, _) = packages(&metadata, checkout, selection)?;
    let targets = packages.iter().flat_map(|package| &package.targets).filter(|target| is_kind(target, "bench"));
    let names: Vec<&str> = targets.map(|target| target.name.as_str()).collect();
    match selection.benches.iter().find(|name| !names.contains(&name.as_str())) {
        Some(name) => {
            let there = if names.is_empty() { "none".to_owned() } else { names.join(", ") };
            let commit = &checkout.revision.commit;
            Err(Error::Nothing(format!("commit {commit} has no bench target `{name}`; it has {there}")))
        }
        None => Ok(()),
    }
}

/// Whether the package or workspace of this folder has a bench target; yes where cargo cannot tell.
pub fn has_bench_targets(folder: &Path) -> bool {
    let metadata = MetadataCommand::new().current_dir(folder).no_deps().exec();
    metadata.map_or(true, |it| it.packages.iter().flat_map(|package| &package.targets).any(|it| is_kind(it, "bench")))
}

/// Gives a workspace without a lock file the one of the other side, so that both have the same dependencies.
pub fn share_lock_file(checkouts: &Sides<Checkout>) -> Result<(), Error> {
    let paths = checkouts.try_map(|_, checkout| {
        let manifest = cargo_prints(checkout, &["locate-project", "--workspace", "--message-format=plain"])?;
        Ok::<_, Error>(Path::new(String::from_utf8_lossy(&manifest).trim()).with_file_name("Cargo.lock"))
    })?;
    if paths.candidate.exists() || paths.baseline.exists() {
        return Ok(());
    }
    cargo_prints(&checkouts.candidate, &["generate-lockfile"])?;
    fs::copy(&paths.candidate, &paths.baseline).map(drop).map_err(Error::file(paths.baseline))
}

pub(super) fn cargo_prints(checkout: &Checkout, arguments: &[&str]) -> Result<Vec<u8>, Error> {
    let output = cargo(checkout).args(arguments).stdin(Stdio::null()).output().map_err(no_cargo)?;
    if !output.status.success() {
        let said = String::from_utf8_lossy(&output.stderr);
        let reason = match said.contains("believes it's in a workspace") {
            true => {
                "the checkout around it is a workspace, and cargo takes this revision for a member that it does not name; set \
                 CARGO_TARGET_DIR to a folder outside the repository"
            }
            false => said.trim(),
        };
        return Err(Error::package(&checkout.package, reason));
    }
    Ok(output.stdout)
}

fn metadata(checkout: &Checkout) -> Result<Metadata, Error> {
    let printed = cargo_prints(checkout, &["metadata", "--format-version=1", "--no-deps"])?;
    serde_json::from_slice(&printed).map_err(|error| Error::package(&checkout.package, error))
}

/// The packages that were asked for, and whether it is one by name or by place, whatever else the workspace holds: then
/// both sides know it by its targets alone, also where one side has more packages.
fn packages<'a>(
    metadata: &'a Metadata,
    checkout: &Checkout,
    selection: &Selection,
) -> Result<(Vec<&'a Package>, bool), Error> {
    let members = metadata.workspace_packages();
    if selection.packages.is_empty() {
        let manifest = checkout.package.join("Cargo.toml");
        let here: Vec<&Package> =
            members.iter().copied().filter(|package| package.manifest_path.as_std_path() == manifest).collect();
        return Ok(if here.is_empty() { (members, false) } else { (here, true) });
    }
    let named = selection
        .packages
        .iter()
        .map(|name| {
            members
                .iter()
                .copied()
                .find(|package| package.name == *name)
                .ok_or_else(|| Error::package(&checkout.package, format!("this workspace has no package `{name}`")))
        })
        .collect::<Result<Vec<_>, _>>()?;
    let is_one = named.len() == 1;
    Ok((named, is_one))
}

/// What names this package alone: a library that Criterion needs is among its own dependencies, too, maybe in the same
/// version. Cargo's ids of packages name one since 1.77.
fn specification(package: &Package) -> String {
    match package.id.repr.starts_with("path+") {
        true => package.id.repr.clone(),
        false => format!("{}@{}", package.name, package.version),
    }
}

fn cargo_bench(
    checkout: &Checkout,
    side: Side,
    packages: &[&Package],
    selection: &Selection,
    settings: &Settings,
) -> Result<Vec<cargo_metadata::Artifact>, Error> {
    let mut command = cargo(checkout);
    command.args(["bench", "--no-run", "--message-format=json-render-diagnostics"]);
    for package in packages {
        command.arg("--package").arg(specification(package));
    }
    let benches = if selection.benches.is_empty() { &settings.benches } else { &selection.benches };
    let there = |name: &str| {
        packages
            .iter()
            .any(|package| package.targets.iter().any(|target| is_kind(target, "bench") && target.name == name))
    };
    let named: Vec<&String> = benches.iter().filter(|name| there(name)).collect();
    if named.is_empty() {
        command.arg("--benches");
    }
    for name in named {
        command.arg("--bench").arg(name);
    }
    command.args(&selection.cargo);
    align(&mut command);
    command.env("CARGO_INCREMENTAL", "0").stdin(Stdio::null());
    let mut output = command.output().map_err(no_cargo)?;
    if !output.status.success() && left_broken(&output) {
        fs::remove_dir_all(&checkout.target).map_err(Error::file(&checkout.target))?;
        output = command.output().map_err(no_cargo)?;
    }
    if !output.status.success() {
        let words = String::from_utf8_lossy(&output.stderr);
        let lines: Vec<&str> = words.lines().collect();
        let end = lines.len().saturating_sub(COMPLAINT_LINES_MAX);
        if checkout.target.to_string_lossy().contains('%') && words.contains("cannot open output file") {
            let reason =
                "the linker cannot write below a folder with % in its name; set CARGO_TARGET_DIR to another one";
            return Err(Error::package(&checkout.target, reason));
        }
        let revision = checkout.revision.commit.clone();
        let (side, reason) = (side.name(), lines[end..].join("\n"));
        return Err(match obstacle(&output) {
            Some(cause) => Error::Obstacle { side, revision, cause, reason },
            None => Error::Build { side, revision, reason },
        });
    }
    let messages = Message::parse_stream(Cursor::new(output.stdout)).map_while(Result::ok);
    Ok(messages
        .filter_map(|message| if let Message::CompilerArtifact(artifact) = message { Some(artifact) } else { None })
        .collect())
}

/// Adds our flags to whatever flags the environment gives; without any there, to those of the package.
pub(super) fn align(command: &mut Command) {
    let set = |name: &str| std::env::var(name).ok().filter(|flags| !flags.is_empty());
    if let Some(flags) = set("CARGO_ENCODED_RUSTFLAGS") {
        command.env("CARGO_ENCODED_RUSTFLAGS", format!("{flags}\u{1f}{}", ALIGNING.join("\u{1f}")));
    } else if let Some(flags) = set("RUSTFLAGS") {
        command.env("RUSTFLAGS", format!("{flags} {}", ALIGNING.join(" ")));
    } else {
        let quoted: Vec<String> = ALIGNING.iter().map(|flag| format!("'{flag}'")).collect();
        command.arg("--config").arg(format!("build.rustflags=[{}]", quoted.join(",")));
    }
}

/// Whether a configuration of cargo names flags for a target: these take the place of those for every build.
fn has_target_flags(package: &Path) -> bool {
    if ["CARGO_ENCODED_RUSTFLAGS", "RUSTFLAGS"].iter().any(|name| std::env::var_os(name).is_some_and(|v| !v.is_empty()))
    {
        return false;
    }
    let files =
        package.ancestors().flat_map(|folder| ["config.toml", "config"].map(|name| folder.join(".cargo").join(name)));
    files.filter_map(|file| fs::read_to_string(file).ok()?.parse::<toml::Table>().ok()).any(|table| {
        let targets = table.get("target").and_then(toml::Value::as_table);
        targets.is_some_and(|targets| targets.values().any(|target| target.get("rustflags").is_some()))
    })
}

fn is_kind(target: &Target, kind: &str) -> bool {
    target.kind.iter().any(|found| found.to_string() == kind)
}

/// The compiler that builds in this folder, as `rustc -vV` names it in its first and last lines.
fn compiler(folder: &Path) -> Result<String, Error> {
    let output = Command::new("rustc")
        .arg("-vV")
        .current_dir(folder)
        .stdin(Stdio::null())
        .output()
        .map_err(|source| Error::NoProgram { program: "rustc".to_owned(), source })?;
    let text = String::from_utf8_lossy(&output.stdout).into_owned();
    let kept = text.lines().filter(|line| !line.starts_with("binary:") && !line.starts_with("commit-date:"));
    Ok(kept.collect::<Vec<_>>().join(", "))
}

/// Cargo in the folder of the package, building into the checkout's own target folder.
pub(super) fn cargo(checkout: &Checkout) -> Command {
    let mut command = Command::new("cargo");
    process::join(&mut command)
        .current_dir(&checkout.package)
        .env("CARGO_TARGET_DIR", &checkout.target)
        .env("CARGO_TERM_COLOR", "never");
    // Cargo sets these for programs that it runs itself; they would mislead another cargo.
    for (name, _) in std::env::vars_os() {
        let text = name.to_string_lossy();
        if text.starts_with("CARGO_PKG_") || text.starts_with("CARGO_BIN_") || text == "CARGO_MANIFEST_DIR" {
            command.env_remove(&name);
        }
    }
    command
}

pub(super) fn no_cargo(source: std::io::Error) -> Error {
    Error::NoProgram { program: "cargo".to_owned(), source }
}
