//! How large pictures and their memory may be: the options of all subcommands that read or make some.

use std::sync::OnceLock;

use polyinr::{Limits, Result, available_memory};

use crate::lanes;

/// How large pictures may be.
#[derive(Clone, Copy, Debug, clap::Args)]
pub struct LimitArgs {
    /// Most pixels of a picture, read or made, as 100000000 or 100M [default: 536870912 of those read]
    #[arg(long, value_name = "N", value_parser = pixels)]
    max_pixels: Option<u64>,
    /// Most memory, as 512M or 4G; what needs more is refused [default: what the machine has left]
    #[arg(long, value_name = "SIZE", value_parser = bytes)]
    max_memory: Option<u64>,
}

impl LimitArgs {
    /// For pictures that are read.
    pub fn limits(&self) -> Limits {
        let mut limits = Limits { max_memory: self.memory(), ..Limits::default() };
        limits.max_pixels = self.max_pixels.unwrap_or(limits.max_pixels);
        limits
    }

    /// Checks that `name`, a picture of `size` pixels, may be made in `memory` bytes.
    pub fn check(&self, name: &str, (width, height): (u32, u32), memory: u64) -> Result<()> {
        if self.max_pixels.is_some() {
            self.limits().check(name, width, height)?;
        }
        self.limits().check_memory(name, memory)
    }

    /// Memory for pieces in work together; half of what is left is kept for what they share.
    pub fn budget(&self) -> lanes::Budget {
        lanes::Budget::new(lanes::MEMORY.min(self.memory() / 2))
    }

    /// Most memory in bytes: by default what was left when it was first asked for.
    fn memory(&self) -> u64 {
        static LEFT: OnceLock<u64> = OnceLock::new();
        let left = || *LEFT.get_or_init(|| available_memory().unwrap_or(u64::MAX));
        self.max_memory.unwrap_or_else(left)
    }
}

/// Where address space is short (`ulimit -v`), the allocator must not reserve some for each thread.
pub fn prepare() {
    #[cfg(all(target_os = "linux", target_env = "gnu"))]
    {
        let mut limit = libc::rlimit { rlim_cur: 0, rlim_max: 0 };
        // SAFETY: the place is writable, and no thread was started yet.
        unsafe {
            if libc::getrlimit(libc::RLIMIT_AS, &mut limit) == 0
                && limit.rlim_cur != libc::RLIM_INFINITY
            {
                libc::mallopt(libc::M_ARENA_MAX, 1);
            }
        }
    }
}

/// A number that may end in a unit: K, M, G, T, each `step` times the one before.
fn scaled(text: &str, step: u64) -> Option<u64> {
    let unit = text.chars().last()?.to_ascii_uppercase();
    let (number, power) = match "KMGT".find(unit) {
        Some(at) => (&text[..text.len() - 1], at as u32 + 1),
        None => (text, 0),
    };
    let number: f64 = number.parse().ok().filter(|n: &f64| n.is_finite() && *n > 0.0)?;
    let product = number * (step as f64).powi(power as i32);
    (1.0..1.8e19).contains(&product).then_some(product as u64)
}

fn pixels(text: &str) -> std::result::Result<u64, String> {
    scaled(text, 1000)
        .ok_or_else(|| format!("{text:?} is no number of pixels; give one, as 100000000 or 100M"))
}

fn bytes(text: &str) -> std::result::Result<u64, String> {
    scaled(text, 1024).ok_or_else(|| format!("{text:?} is no size; give bytes, as 512M or 4G"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn units_are_understood() {
        assert_eq!(pixels("100M"), Ok(100_000_000));
        assert_eq!(bytes("512m"), Ok(512 << 20));
        assert_eq!(bytes("1.5G"), Ok(3 << 29));
        assert_eq!(bytes("4096"), Ok(4096));
        for wrong in ["", "M", "-1", "0", "1X", "nan", "inf", "99999999999G", "1 M", "é"] {
            assert!(bytes(wrong).is_err() && pixels(wrong).is_err(), "{wrong}");
        }
    }
}
