//! How far sessions of one machine are apart, by topic and figure: what the `SESSION_…` constants of
//! `src/verdict/policy.rs` are measured with.
//!
//! ```sh
//! cargo run --example session_reaches -- RUN.json RUN.json …
//! ```

use std::error::Error;
use std::fs;

use parcost::rooms::model::Run;
use parcost::rooms::verdict::session_reaches;

fn main() -> Result<(), Box<dyn Error>> {
    let read = |file: String| -> Result<Run, Box<dyn Error>> {
        let bytes = fs::read(&file).map_err(|error| format!("{file}: {error}"))?;
        Ok(serde_json::from_slice(&bytes).map_err(|error| format!("{file}: {error}"))?)
    };
    let runs = std::env::args().skip(1).map(read).collect::<Result<Vec<_>, _>>()?;
    if runs.len() < 2 {
        return Err("name two runs of one machine or more".into());
    }
    if let Some(other) = runs.iter().find(|run| run.machine.key != runs[0].machine.key) {
        return Err(format!("runs of two machines: {} and {}", runs[0].machine.key, other.machine.key).into());
    }
    for (scope, figure, share) in session_reaches(&runs) {
        println!("{scope}\t{figure:?}\t{:.1} %", share * 100.0);
    }
    Ok(())
}
