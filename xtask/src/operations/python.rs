//! The table in Python, for Krita.

use std::fmt::Write as _;

use super::NOTICE;
use super::table::{Kind, Operation, Parameter, Table};
use super::text::{WIDTH, length, parts, quoted};

/// `table.py`: literals, as ruff lays them out.
pub fn source(table: &Table) -> String {
    let mut text = format!(
        "\"\"\"{NOTICE}\"\"\"\n\n\
         from .texts import N_\n\n\
         # Largest side in pixels of a result.\n\
         LARGEST_SIDE = {}\n\n\
         # In the order of the menu.\n\
         OPERATIONS = (\n",
        table.largest_side
    );
    table.operations.iter().for_each(|operation| text += &definition(operation));
    text + ")\n"
}

fn definition(operation: &Operation) -> String {
    let mut text = format!("    {{\n        \"name\": {},\n", literal(&operation.name));
    text += &translated(8, "title", &operation.title);
    text += &translated(8, "blurb", &operation.blurb);
    text += &translated(8, "help", &operation.help);
    let _ = writeln!(text, "        \"kind\": \"{}\",", operation.model.name());
    let picture = if operation.needs_picture { "True" } else { "False" };
    let _ = writeln!(text, "        \"needs_picture\": {picture},");
    text += "        \"parameters\": (\n";
    operation.parameters.iter().for_each(|parameter| text += &entry(parameter));
    text + "        ),\n    },\n"
}

/// A parameter's values that are not those of most.
fn entry(parameter: &Parameter) -> String {
    let mut text =
        format!("            {{\n                \"name\": {},\n", literal(&parameter.name));
    text += &translated(16, "label", &parameter.label);
    text += &translated(16, "tip", &parameter.tip);
    let mut set = |key: &str, value: &str| {
        let _ = writeln!(text, "                \"{key}\": {value},");
    };
    set("takes", &literal(&parameter.kind.name()));
    if parameter.kind.is_number() {
        let number =
            |n| if parameter.kind == Kind::Real { format!("{n:?}") } else { format!("{n}") };
        set("initial", &number(parameter.number()));
        set("least", &number(parameter.least));
        set("most", &number(parameter.most));
    } else {
        set("initial", &literal(parameter.text()));
    }
    if parameter.digits > 0 {
        set("digits", &parameter.digits.to_string());
    }
    if !parameter.choices.is_empty() {
        let lines = parameter.choices.iter().map(|(name, label)| {
            format!("{}({}, N_({})),\n", " ".repeat(20), literal(name), literal(label))
        });
        set("choices", &format!("(\n{}{})", lines.collect::<String>(), " ".repeat(16)));
    }
    if parameter.linked {
        set("is_linked", "True");
    }
    if let Some((name, value)) = &parameter.counts_with {
        set("counts_with", &format!("({}, {})", literal(name), literal(value)));
    }
    text + "            },\n"
}

/// A value that is a text to be translated.
fn translated(indent: usize, key: &str, value: &str) -> String {
    let indent = " ".repeat(indent);
    let line = format!("{indent}\"{key}\": N_({}),\n", literal(value));
    if length(&line) <= WIDTH + 1 {
        return line;
    }
    let inner = format!("{indent}    ");
    let lines: String = parts(value, WIDTH - length(&inner) - 2)
        .iter()
        .map(|part| format!("{inner}{}\n", literal(part)))
        .collect();
    format!("{indent}\"{key}\": N_(\n{lines}{indent}),\n")
}

/// In the quotes that need no escapes, double ones where both do.
fn literal(text: &str) -> String {
    match text.contains('"') && !text.contains(['\'', '\\']) {
        true => format!("'{text}'"),
        false => quoted(text),
    }
}
