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
    /// The options of the run whose checkpoint has `stored` ones: those, with what was said of the
    /// changeable ones.
    ///
    /// # Errors
    /// [`Error::Parameter`] naming every option that was said and contradicts.
    pub fn over(&self, stored: &O) -> Result<O> {
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

#[cfg(test)]
mod tests {
    use clap::Parser;

    use super::super::options::Options;
    use super::*;

    #[derive(Parser)]
    struct Line {
        #[command(flatten)]
        given: Given<Options>,
    }

    fn parse(line: &str) -> Given<Options> {
        let words = ["train"].into_iter().chain(line.split_whitespace());
        Line::try_parse_from(words).unwrap().given
    }

    #[test]
    fn every_option_is_written_and_read_under_its_own_name() {
        let options = parse("--data x --lr-g 0.001 --augment color --batch 8,4").options;
        let json = object(&options).unwrap();
        let back: Options = serde_json::from_value(Value::Object(json.clone())).unwrap();
        assert_eq!(back, options);
        let command = Options::augment_args(Command::new("options"));
        for argument in command.get_arguments() {
            let name = argument.get_long().unwrap().replace('-', "_");
            assert!(json.contains_key(&name), "{name}");
        }
        for name in Options::CHANGEABLE {
            assert!(json.contains_key(*name), "{name}");
        }
    }

    #[test]
    fn what_was_not_said_comes_from_the_checkpoint() {
        let stored = parse("--data x --batch 8 --seed 5 --lr-g 0.001").options.resolved();
        let merged = parse("--seed 5 --log-steps 3").over(&stored).unwrap();
        assert_eq!((merged.machine.seed, merged.output.log_steps), (5, 3));
        assert_eq!(merged.schedule, stored.schedule);
        assert_eq!(merged.recipe, stored.recipe);
        assert_eq!(merged.data, stored.data);
    }

    #[test]
    fn contradictions_are_refused_by_name() {
        let stored = parse("--data x --seed 5").options.resolved();
        let refused = parse("--seed 6 --features 64 --r1 7").over(&stored);
        let error = refused.unwrap_err().to_string();
        for part in ["--seed 6 (the checkpoint has 5)", "--features 64", "--r1 7"] {
            assert!(error.contains(part), "{error}");
        }
        assert!(parse("--features 128 --threads 1").over(&stored).is_ok());
    }

    #[test]
    fn a_shape_fills_what_was_not_said() {
        let shape = || Map::from_iter([("features".to_owned(), 64.into())]);
        let shaped = parse("--data x --r1 7").shaped("--from", shape()).unwrap();
        assert_eq!((shaped.networks.features, shaped.recipe.r1), (64, Some(7.0)));
        assert!(parse("--features 64").shaped("--from", shape()).is_ok());
        let error = parse("--features 128").shaped("--from", shape()).unwrap_err().to_string();
        assert!(error.contains("--features 128 (the model has 64)"), "{error}");
    }
}
