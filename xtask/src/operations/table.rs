//! What `plugins/operations.toml` says, checked.

use serde::Deserialize;

use crate::shell::Outcome;

/// All operations, in the order of the menu.
pub struct Table {
    pub operations: Vec<Operation>,
    /// Largest side of a picture in pixels.
    pub largest_side: f64,
}

/// An operation.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Operation {
    /// As scripts give it, with `-` between words.
    pub name: String,
    /// In GIMP's menu, with an underscore before the letter that leads to it.
    pub menu: String,
    pub title: String,
    pub blurb: String,
    pub help: String,
    pub model: ModelKind,
    pub needs_picture: bool,
    #[serde(rename = "parameter")]
    pub parameters: Vec<Parameter>,
}

/// What a model is for.
#[derive(Clone, Copy, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum ModelKind {
    Upscaler,
    Generator,
}

impl ModelKind {
    /// In capitals, as C and Python name it.
    pub fn name(self) -> &'static str {
        match self {
            Self::Upscaler => "UPSCALER",
            Self::Generator => "GENERATOR",
        }
    }
}

/// What an operation asks for.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Parameter {
    pub name: String,
    pub label: String,
    pub tip: String,
    pub kind: Kind,
    default: Option<Value>,
    #[serde(default)]
    pub least: f64,
    #[serde(default)]
    pub most: f64,
    #[serde(default)]
    pub digits: u32,
    /// Names and labels.
    #[serde(default)]
    pub choices: Vec<(String, String)>,
    #[serde(default)]
    pub linked: bool,
    /// Name of a choice, and its value.
    pub counts_with: Option<(String, String)>,
    /// What an option of the command line shares.
    #[serde(default)]
    pub command_line: Vec<Shared>,
    pub command_line_default: Option<String>,
}

/// What kind of value a parameter takes.
#[derive(Clone, Copy, Debug, Deserialize, PartialEq, Eq)]
#[serde(rename_all = "lowercase")]
pub enum Kind {
    Real,
    Whole,
    Seed,
    Choice,
    Method,
    Levels,
    Model,
    Class,
    Engine,
    File,
}

impl Kind {
    /// In capitals, as C and Python name it.
    pub fn name(self) -> String {
        format!("{self:?}").to_uppercase()
    }

    /// Whether values are numbers, not texts.
    pub fn is_number(self) -> bool {
        matches!(self, Self::Real | Self::Whole | Self::Seed)
    }
}

/// What a parameter is at first.
#[derive(Deserialize)]
#[serde(untagged)]
enum Value {
    Number(f64),
    Text(String),
}

/// What the command line takes from the table.
#[derive(Clone, Copy, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Shared {
    Default,
    Range,
    Tip,
}

impl Operation {
    /// Its name with `_` between words.
    pub fn identifier(&self) -> String {
        identifier(&self.name)
    }

    /// Which of its parameters is of that kind.
    pub fn index_of(&self, kind: Kind) -> Option<usize> {
        self.parameters.iter().position(|parameter| parameter.kind == kind)
    }

    fn check(&self) -> Outcome {
        for parameter in &self.parameters {
            parameter.check(self).map_err(|e| format!("{}, {}: {e}", self.name, parameter.name))?;
        }
        match (self.index_of(Kind::Model), self.index_of(Kind::Engine)) {
            (Some(_), Some(_)) => Ok(()),
            _ => Err(format!("{}: a model and an engine are needed", self.name)),
        }
    }
}

impl Parameter {
    /// Its name with `_` between words.
    pub fn identifier(&self) -> String {
        identifier(&self.name)
    }

    /// What a number is at first.
    pub fn number(&self) -> f64 {
        match &self.default {
            Some(Value::Number(number)) => *number,
            _ => 0.0,
        }
    }

    /// What a text is at first.
    pub fn text(&self) -> &str {
        match &self.default {
            Some(Value::Text(text)) => text,
            _ => "",
        }
    }

    /// What the command line has at first, in words.
    pub fn command_line_default(&self) -> String {
        match &self.command_line_default {
            Some(text) => text.clone(),
            None if self.kind.is_number() => self.number().to_string(),
            None => self.text().to_owned(),
        }
    }

    fn check(&self, operation: &Operation) -> Outcome {
        let has = |name: &str| self.choices.iter().any(|(known, _)| known == name);
        let wanted = match (self.kind, &self.default) {
            (kind, Some(Value::Number(number))) if kind.is_number() => {
                let whole = kind == Kind::Real || number.fract() == 0.0;
                (whole && (self.least..=self.most).contains(number), "a default from least to most")
            }
            (kind, _) if kind.is_number() => (false, "a number as default"),
            (_, Some(Value::Number(_))) => (false, "a text as default"),
            (Kind::Choice | Kind::Method, _) => (has(self.text()), "a default that is a choice"),
            (kind, _) => (kind == Kind::Levels || self.choices.is_empty(), "no choices"),
        };
        match wanted {
            (true, _) => self.check_condition(operation),
            (false, wanted) => Err(format!("{wanted} is needed")),
        }
    }

    fn check_condition(&self, operation: &Operation) -> Outcome {
        let Some((name, value)) = &self.counts_with else { return Ok(()) };
        let known = operation.parameters.iter().any(|other| {
            other.name == *name && other.choices.iter().any(|(choice, _)| choice == value)
        });
        if known { Ok(()) } else { Err(format!("there is no {name} with the choice {value}")) }
    }
}

fn identifier(name: &str) -> String {
    name.replace('-', "_")
}

impl Table {
    /// Reads the table.
    pub fn parse(text: &str) -> Outcome<Self> {
        let mut all: toml::Table = text.parse().map_err(|e| format!("{e}"))?;
        let like = match all.remove("like") {
            Some(toml::Value::Table(like)) => like,
            _ => toml::Table::new(),
        };
        let Some(toml::Value::Array(entries)) = all.remove("operation") else {
            return Err("there is no [[operation]]".into());
        };
        if let Some(unknown) = all.keys().next() {
            return Err(format!("{unknown} is not known; [like] and [[operation]] are"));
        }
        let operations: Vec<_> =
            entries.into_iter().map(|entry| operation(entry, &like)).collect::<Outcome<_>>()?;
        operations.iter().try_for_each(Operation::check)?;
        let side = like.get("side").and_then(|side| side.get("most")?.as_integer());
        let side =
            side.and_then(|side| u32::try_from(side).ok()).ok_or("[like.side] has no `most`")?;
        Ok(Self { operations, largest_side: side.into() })
    }
}

/// Reads an operation, with what its parameters have from `like`.
fn operation(mut entry: toml::Value, like: &toml::Table) -> Outcome<Operation> {
    let parameters = entry.get_mut("parameter").and_then(toml::Value::as_array_mut);
    for parameter in parameters.into_iter().flatten().filter_map(toml::Value::as_table_mut) {
        fill(parameter, like)?;
    }
    let name = entry.get("name").and_then(toml::Value::as_str).unwrap_or_default().to_owned();
    entry.try_into().map_err(|e: toml::de::Error| format!("{name}: {}", e.message()))
}

/// Gives an entry what it does not say itself and the one that it is like does.
fn fill(entry: &mut toml::Table, like: &toml::Table) -> Outcome {
    let mut links = 0;
    while let Some(name) = entry.remove("like") {
        links += 1;
        if links > like.len() {
            return Err(format!("like = {name:?}: the entries of [like] lead back to it"));
        }
        let found = name.as_str().and_then(|name| like.get(name)?.as_table());
        let found = found.ok_or_else(|| format!("like = {name:?}: [like] has no such entry"))?;
        for (key, value) in found {
            entry.entry(key).or_insert_with(|| value.clone());
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    const LIKE: &str = "[like.side]\nkind = \"whole\"\nmost = 64\ndefault = 0\n";

    /// A table of one operation with a model, an engine and `parameter`.
    fn table(parameter: &str) -> Outcome<Table> {
        let named = |kind| format!("name = {kind:?}\nlabel = \"\"\ntip = \"\"\nkind = {kind:?}");
        let parameters = [&named("model"), &named("engine"), parameter]
            .map(|text| format!("[[operation.parameter]]\n{text}\n"));
        Table::parse(&format!(
            "{LIKE}[[operation]]\nname = \"blur\"\nmenu = \"\"\ntitle = \"\"\nblurb = \"\"\nhelp = \"\"\n\
             model = \"upscaler\"\nneeds_picture = true\n{}",
            parameters.concat()
        ))
    }

    #[test]
    fn entries_that_are_like_themselves_are_an_error() {
        let like = "[a]\nlike = \"b\"\n[b]\nlike = \"a\"\n".parse().unwrap();
        let mut entry = "like = \"a\"".parse().unwrap();
        assert!(fill(&mut entry, &like).unwrap_err().to_string().contains("lead back"));
    }

    #[test]
    fn entries_take_what_they_do_not_say() {
        let table =
            table("like = \"side\"\nname = \"w\"\nlabel = \"W\"\ntip = \"\"\ndefault = 3").unwrap();
        let width = &table.operations[0].parameters[2];
        assert_eq!((width.kind, width.most, width.number()), (Kind::Whole, 64.0, 3.0));
        assert_eq!(table.largest_side, 64.0);
    }

    #[test]
    fn what_makes_no_sense_is_named() {
        for (parameter, problem) in [
            ("like = \"top\"", "no such entry"),
            ("like = \"side\"\ndefault = 65", "blur, a: a default from least to most is needed"),
            ("like = \"side\"\ndefault = \"\"", "a number as default"),
            ("like = \"side\"\nmoist = 3", "moist"),
            ("kind = \"choice\"\nchoices = [[\"b\", \"B\"]]\ndefault = \"c\"", "that is a choice"),
            ("like = \"side\"\ncounts_with = [\"b\", \"c\"]", "no b with the choice c"),
        ] {
            let named = format!("name = \"a\"\nlabel = \"\"\ntip = \"\"\n{parameter}");
            let found = table(&named).err().unwrap();
            assert!(found.contains(problem), "{found}");
        }
    }
}
