//! Options of a run that goes on: those of its checkpoint, where the command line agrees.

use std::collections::BTreeMap;

use clap::{ArgMatches, Args, Command, FromArgMatches, parser::ValueSource};
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::{Map, Value};

use crate::error::{Error, Result};

/// All options of a kind of run, by long names on the command line and by the same names, with `_`
/// for `-`, in JSON.
pub trait RunOptions: Args + Serialize + DeserializeOwned {
    /// Names in JSON of the options that a resumed run may be given anew. All others would make it
    /// another run.
    const CHANGEABLE: &'static [&'static str];
}

/// The options of a command line, and which of them were said.
#[derive(Clone, Debug)]
pub struct Given<O> {
    /// All options, defaults included.
    pub options: O,
    /// Long names of those that were said, by their names in JSON.
    said: BTreeMap<String, String>,
}

impl<O: RunOptions> Given<O> {
    /// The options of the run whose checkpoint has these `stored`, as given or as decided: those,
    /// with what was said of the changeable ones.
    ///
    /// # Errors
    /// [`Error::Parameter`] naming every option that was said and contradicts.
    pub fn over(&self, stored: &impl Serialize) -> Result<O> {
        let (given, mut merged) = (object(&self.options)?, object(stored)?);
        let contradictions = self.contradictions("checkpoint", &given, &merged, O::CHANGEABLE);
        if !contradictions.is_empty() {
            let problem = format!("the run was begun with other options: {contradictions}");
            return Err(Error::parameter("--resume", problem));
        }
        for name in self.said.keys().filter(|name| O::CHANGEABLE.contains(&name.as_str())) {
            merged.insert(name.clone(), given[name].clone());
        }
        serde_json::from_value(Value::Object(merged)).map_err(unreadable)
    }

    /// These options with `shape`, by names in JSON, in place of what was not said of it.
    ///
    /// # Errors
    /// [`Error::Parameter`] about `option`, naming all that was said and contradicts.
    pub fn shaped(&self, option: &'static str, shape: Map<String, Value>) -> Result<O> {
        let mut options = object(&self.options)?;
        let given = options.clone();
        options.extend(shape);
        let contradictions = self.contradictions("model", &given, &options, &[]);
        if !contradictions.is_empty() {
            let problem = format!("the model has another shape: {contradictions}");
            return Err(Error::parameter(option, problem));
        }
        serde_json::from_value(Value::Object(options)).map_err(unreadable)
    }

    /// Whether the option of that name in JSON was said.
    pub fn said(&self, name: &str) -> bool {
        self.said.contains_key(name)
    }

    /// What was said and differs from `fixed`, what `whose` says, but for `free` options.
    fn contradictions(
        &self,
        whose: &str,
        given: &Map<String, Value>,
        fixed: &Map<String, Value>,
        free: &[&str],
    ) -> String {
        let bound = self.said.iter().filter(|(name, _)| !free.contains(&name.as_str()));
        let differing = bound.filter(|(name, _)| given[*name] != fixed[*name]);
        let named = differing.map(|(name, long)| {
            format!("--{long} {} (the {whose} has {})", given[name], fixed[name])
        });
        named.collect::<Vec<_>>().join(", ")
    }
}

fn object(options: &impl Serialize) -> Result<Map<String, Value>> {
    match serde_json::to_value(options).map_err(unreadable)? {
        Value::Object(map) => Ok(map),
        other => Err(Error::parameter("--resume", format!("options are no JSON object: {other}"))),
    }
}

fn unreadable(e: serde_json::Error) -> Error {
    Error::parameter("--resume", format!("options cannot be passed on: {e}"))
}

impl<O: RunOptions> FromArgMatches for Given<O> {
    fn from_arg_matches(matches: &ArgMatches) -> std::result::Result<Self, clap::Error> {
        let command = O::augment_args(Command::new("options"));
        let said = command.get_arguments().filter_map(|argument| {
            let from = matches.value_source(argument.get_id().as_str())?;
            let long = argument.get_long()?.to_owned();
            (from == ValueSource::CommandLine).then(|| (long.replace('-', "_"), long))
        });
        Ok(Self { said: said.collect(), options: O::from_arg_matches(matches)? })
    }

    fn update_from_arg_matches(
        &mut self,
        matches: &ArgMatches,
    ) -> std::result::Result<(), clap::Error> {
        *self = Self::from_arg_matches(matches)?;
        Ok(())
    }
}

impl<O: RunOptions> Args for Given<O> {
    fn augment_args(command: Command) -> Command {
        O::augment_args(command)
    }

    fn augment_args_for_update(command: Command) -> Command {
        O::augment_args_for_update(command)
    }
}
