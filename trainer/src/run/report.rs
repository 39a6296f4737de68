//! What a run of any kind says of itself: `run.json`, the memory and the time that it takes.

use std::path::Path;
use std::time::Duration;

use crate::error::Result;
use crate::files::write_whole;

/// Writes `run.json` into the run's folder.
///
/// # Errors
/// [`Error::Io`](crate::Error::Io).
pub fn write_run(folder: &Path, run: &serde_json::Value) -> Result<()> {
    write_whole(&folder.join("run.json"), format!("{run:#}\n").as_bytes())
}

/// MiB of memory that this program has in use; 0 where the system does not say.
pub fn memory_mib() -> f64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"));
    let kib = line.and_then(|rest| rest.split_whitespace().next()?.parse::<f64>().ok());
    kib.unwrap_or(0.0) / 1024.0
}

/// Hours, minutes and seconds.
pub fn duration(seconds: f64) -> String {
    let seconds = Duration::try_from_secs_f64(seconds).map_or(0, |d| d.as_secs());
    match (seconds / 3600, seconds / 60 % 60, seconds % 60) {
        (0, 0, s) => format!("{s} s"),
        (0, m, s) => format!("{m} min {s:02} s"),
        (h, m, _) => format!("{h} h {m:02} min"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations_are_for_people() {
        let texts = [7.4, 67.0, 3600.0 * 2.5, f64::INFINITY].map(duration);
        assert_eq!(texts, ["7 s", "1 min 07 s", "2 h 30 min", "0 s"]);
    }

    #[test]
    fn the_memory_in_use_is_known() {
        assert!(memory_mib() > 1.0);
    }
}
