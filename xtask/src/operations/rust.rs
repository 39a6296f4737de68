//! What the command line takes from the table.

use std::fmt::Write as _;

use super::NOTICE;
use super::table::{Operation, Parameter, Shared, Table};
use super::text::{WIDTH, escaped, length, parts, quoted};

/// `table.rs`: a module an operation, with constants of what options share.
pub fn source(table: &Table) -> String {
    let modules: String = table.operations.iter().map(module).collect();
    format!("//! {NOTICE}\n{modules}")
}

fn module(operation: &Operation) -> String {
    let constants: String = operation.parameters.iter().map(constants).collect();
    if constants.is_empty() {
        return String::new();
    }
    format!(
        "\n/// What options have in common with parameters of `{}`.\npub mod {} {{\n{constants}}}\n",
        operation.name,
        operation.identifier()
    )
}

fn constants(parameter: &Parameter) -> String {
    let name = parameter.identifier().to_uppercase();
    let mut text = String::new();
    for shared in &parameter.command_line {
        let _ = match shared {
            Shared::Default => {
                let default = quoted(&parameter.command_line_default());
                writeln!(text, "    pub const {name}_DEFAULT: &str = {default};")
            }
            Shared::Range => {
                let (least, most) = (parameter.least, parameter.most);
                let range = "std::ops::RangeInclusive<f32>";
                writeln!(text, "    pub const {name}_RANGE: {range} = {least:?}..={most:?};")
            }
            Shared::Tip => write!(text, "{}", tip(&name, &parameter.tip)),
        };
    }
    text
}

fn tip(name: &str, value: &str) -> String {
    let start = format!("    pub const {name}_TIP: &str = ");
    let whole = format!("{start}{};\n", quoted(value));
    if length(&whole) <= WIDTH + 1 {
        return whole;
    }
    // Beside the text: its quotes and what ends the line.
    let parts = parts(value, WIDTH - length(&start) - 3);
    let lines: Vec<_> = parts.iter().map(|part| escaped(part)).collect();
    format!("{start}\"{}\";\n", lines.join("\\\n        "))
}
