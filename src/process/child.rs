//! A process that is given a time to end.

use std::io;
use std::os::unix::process::CommandExt;
use std::process::{Child, Command, ExitStatus, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use nix::sys::prctl;
use nix::sys::signal::{Signal, killpg};
use nix::sys::wait::waitpid;
use nix::unistd::Pid;

use super::group::{Keeper, join};
use super::streams::{Streams, read};

/// Between two looks at a process that has closed its output and not ended: short against any process, long against a look.
const PAUSE: Duration = Duration::from_millis(1);

/// Characters at the end of what was printed that are repeated in a message.
const QUOTE_CHARS_MAX: usize = 500;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reach {
    /// The process; it stays in the group of its starter, so that an interrupt reaches both.
    Alone,
    /// The process with all that it has started, which would go on using the processor that is measured next: it has a group
    /// of its own, which is killed and waited for when it has ended, orphans included, so that their CPU time is counted as
    /// that of children of this program.
    Group,
}

/// Runs a command without input and returns what it printed to its standard output.
///
/// Fails when it cannot be started, takes longer than `limit`, prints without end, or ends without success; the reason, with the end
/// of its complaints, or of its output where it has none.
pub fn answer(mut command: Command, limit: Duration, reach: Reach) -> Result<Vec<u8>, String> {
    let program = command.get_program().to_string_lossy().into_owned();
    let no_pipe = |error: io::Error| format!("cannot create a pipe ({error})");
    let (answer, answering) = io::pipe().map_err(no_pipe)?;
    let (complaint, complaining) = io::pipe().map_err(no_pipe)?;
    command.stdin(Stdio::null()).stdout(answering).stderr(complaining);
    let mut keeper = None;
    match reach {
        Reach::Alone => join(&mut command),
        Reach::Group => {
            let _ = prctl::set_child_subreaper(true);
            keeper = Keeper::of_another_group().map_err(|error| format!("sh cannot be started ({error})"))?;
            command.process_group(keeper.as_ref().map_or(0, Keeper::group))
        }
    };
    let spawned = command.spawn();
    // The command holds the writing ends; the output ends only when they are closed here.
    drop(command);
    let child = spawned.map_err(|error| match error.kind() {
        io::ErrorKind::NotFound if !program.contains('/') => format!("{program} is not installed"),
        _ => format!("{program} cannot be started ({error})"),
    })?;
    let mut running = Running { child, reach, keeper };
    let deadline = Instant::now() + limit;
    let left = || deadline.saturating_duration_since(Instant::now());
    let too_long = || format!("it took longer than {limit:.1?}");
    let Streams { answer, complaint } = read(answer, complaint, left)?.ok_or_else(too_long)?;
    let status = ended(&mut running.child, left()).map_err(|error| error.to_string())?.ok_or_else(too_long)?;
    if status.success() {
        return Ok(answer);
    }
    let said = [complaint, answer].map(|text| tail(&String::from_utf8_lossy(&text)));
    let said = said.iter().find(|text| !text.is_empty()).map_or("nothing was printed", String::as_str);
    let separator = if said.contains('\n') { "\n" } else { " " };
    Err(format!("it ended with {status}:{separator}{said}"))
}

/// A process, killed and reaped when dropped, with its group where it has one of its own.
struct Running {
    child: Child,
    reach: Reach,
    /// Leads the group, which is that of the process where there is none.
    keeper: Option<Keeper>,
}

impl Drop for Running {
    fn drop(&mut self) {
        // The group goes by the number of its leader, which belongs to nobody else while one member is left; where none
        // is, there is nothing to kill.
        let leader = self.keeper.as_ref().map(Keeper::group).or_else(|| i32::try_from(self.child.id()).ok());
        let leader = leader.filter(|_| self.reach == Reach::Group).map(Pid::from_raw);
        if let Some(leader) = leader {
            let _ = killpg(leader, Signal::SIGKILL);
        }
        let _ = self.child.kill();
        let _ = self.child.wait();
        if let Some(leader) = leader {
            while waitpid(Pid::from_raw(-leader.as_raw()), None).is_ok() {}
        }
    }
}

/// How a process ended that has closed its output, which it mostly does by ending; none where it goes on for `limit`.
pub fn ended(child: &mut Child, limit: Duration) -> io::Result<Option<ExitStatus>> {
    let start = Instant::now();
    // Counted, too, since a clock may stand still.
    for _ in 0..limit.as_nanos() / PAUSE.as_nanos() {
        if let Some(status) = child.try_wait()? {
            return Ok(Some(status));
        }
        if start.elapsed() >= limit {
            break;
        }
        thread::sleep(PAUSE);
    }
    child.try_wait()
}

/// The end of a text, in its lines.
pub fn tail(text: &str) -> String {
    let harmless: Vec<char> = text.trim().chars().map(|c| if c.is_control() && c != '\n' { ' ' } else { c }).collect();
    let end: String = harmless[harmless.len().saturating_sub(QUOTE_CHARS_MAX)..].iter().collect();
    // A line that is cut says less than none.
    match end.split_once('\n') {
        Some((_, whole)) if harmless.len() > QUOTE_CHARS_MAX => whole.to_owned(),
        _ => end,
    }
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::OpenOptionsExt;

    use nix::poll::{PollFd, PollFlags, PollTimeout, poll};

    use super::super::group::KEEPER;
    use super::*;

    const AMPLE: Duration = Duration::from_secs(60);
    const SHORT: Duration = Duration::from_millis(10);

    fn shell(script: &str) -> Command {
        let mut command = Command::new("sh");
        command.args(["-c", script]);
        command
    }

    #[test]
    fn a_process_is_given_up_where_the_clock_stands_still() {
        let (answer, _answering) = io::pipe().unwrap();
        let (complaint, _complaining) = io::pipe().unwrap();
        assert!(matches!(read(answer, complaint, || SHORT), Ok(None)));
    }

    #[test]
    fn an_answer_is_the_standard_output_alone() {
        for reach in [Reach::Alone, Reach::Group] {
            assert_eq!(answer(shell("echo a; echo b >&2"), AMPLE, reach).unwrap(), b"a\n");
        }
    }

    #[test]
    fn a_failure_is_reported_with_the_end_of_what_was_printed() {
        let cases = [
            (shell("echo why >&2; echo not this; exit 3"), "exit status: 3: why"),
            (shell("echo why; exit 3"), "exit status: 3: why"),
            (shell("exit 3"), "nothing was printed"),
            (shell("kill -9 $$"), "signal"),
            (Command::new("./no such program"), "cannot be started"),
            (shell("head -c 200000 /dev/zero >&2; echo last >&2; exit 1"), "last"),
        ];
        for (command, expected) in cases {
            let reason = answer(command, AMPLE, Reach::Group).unwrap_err();
            assert!(reason.contains(expected), "{expected}: {reason}");
            assert!(reason.len() < 2_000, "{expected}");
        }
    }

    #[test]
    fn a_process_that_prints_without_end_is_stopped() {
        for script in ["exec cat /dev/zero", "exec cat /dev/zero >&2"] {
            let reason = answer(shell(script), AMPLE, Reach::Group).unwrap_err();
            assert!(reason.contains("printed more than 16 MiB"), "{script}: {reason}");
        }
    }

    #[test]
    fn a_process_that_takes_too_long_is_stopped_alone() {
        for script in ["exec sleep 1000", "exec sleep 1000 >&- 2>&-"] {
            let reason = answer(shell(script), SHORT, Reach::Alone).unwrap_err();
            assert!(reason.contains("longer than 10.0ms"), "{script}: {reason}");
        }
    }

    #[test]
    fn a_process_that_takes_too_long_is_stopped_with_all_it_started() {
        for script in ["sleep 1000 & wait", "sleep 1000 & exit 0", "exec sleep 1000 >&- 2>&-"] {
            let reason = answer(shell(script), SHORT, Reach::Group).unwrap_err();
            assert!(reason.contains("longer"), "{script}: {reason}");
        }
    }

    /// Else there is a moment in which it outlives this program, if that is killed.
    #[test]
    fn what_ends_the_group_of_a_command_is_there_before_it() {
        crate::process::keep_children().unwrap();
        let script = "read -r _ _ _ _ group _ < /proc/$$/stat; exec cat /proc/$group/cmdline";
        let leader = answer(shell(script), AMPLE, Reach::Group).unwrap();
        let expected = format!("sh\0-c\0{KEEPER}\0");
        assert_eq!(String::from_utf8_lossy(&leader), expected);
    }

    #[test]
    fn nothing_is_left_of_a_group_that_has_ended() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("held");
        nix::unistd::mkfifo(&path, nix::sys::stat::Mode::S_IRWXU).unwrap();
        let held = std::fs::File::options().read(true).custom_flags(nix::libc::O_NONBLOCK).open(&path).unwrap();
        let cases = [("exec cat /dev/zero", false), ("exit 0", true)];
        for (last, well) in cases {
            let mut command = shell(&format!("exec 9>\"$HELD\"; sleep 1000 >&- 2>&- & {last}"));
            command.env("HELD", &path);
            assert_eq!(answer(command, AMPLE, Reach::Group).is_ok(), well, "{last}");
            // The writing ends are closed when all who inherited them are gone.
            let mut watched = [PollFd::new(std::os::fd::AsFd::as_fd(&held), PollFlags::POLLIN)];
            assert_eq!(poll(&mut watched, PollTimeout::from(60_000_u16)), Ok(1), "{last}: a grandchild goes on");
        }
    }
}
