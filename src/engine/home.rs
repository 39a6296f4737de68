//! The process that an engine was made in.

use crate::error::{Error, Result};

/// The process that an engine was made in, whose threads a child made by `fork` does not have: it
/// would wait for them for ever.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Home(u32);

impl Home {
    /// This process.
    pub(crate) fn here() -> Self {
        Self(std::process::id())
    }

    /// Whether this is still the process.
    pub(crate) fn is_here(self) -> bool {
        self == Self::here()
    }

    /// Fails in a child of the process.
    ///
    /// # Errors
    /// [`Error::Engine`] of the engine `engine`.
    pub(crate) fn check(self, engine: &'static str) -> Result<()> {
        if self.is_here() {
            return Ok(());
        }
        let problem = format!(
            "it was made in process {}, of which this one, {}, was forked without its threads; make \
             an engine of its own here",
            self.0,
            std::process::id()
        );
        Err(Error::Engine { engine, problem })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn other_processes_are_told_apart() {
        assert!(Home::here().check("cpu").is_ok());
        let problem = Home(0).check("cpu").unwrap_err().to_string();
        assert!(problem.starts_with("engine cpu: ") && problem.contains("forked"), "{problem}");
    }
}
