//! Ranges of configurations' numbers.

/// What is wrong with a number of a configuration, if anything.
pub(crate) fn out_of_range(name: &str, value: usize, from: usize, to: usize) -> Option<String> {
    (value < from || value > to)
        .then(|| format!("its config says {name} = {value}; {from} to {to} are possible"))
}
