//! The table in C, for GIMP.

use std::fmt::Write as _;

use super::NOTICE;
use super::table::{Kind, Operation, Parameter, Table};
use super::text::{WIDTH, length, parts, quoted};

/// `tables.h`: which parameters and operations there are.
pub fn header(table: &Table) -> String {
    let mut text = format!(
        "/* {NOTICE} */\n\n\
         #ifndef POLYINR_TABLES_H\n\
         #define POLYINR_TABLES_H\n\n\
         /* Largest side in pixels of a result. */\n\
         #define PICTURE_LARGEST_SIDE {}\n\n\
         /* Parameters of each operation in their order, for an enumeration. */\n",
        table.largest_side
    );
    table.operations.iter().for_each(|operation| text += &names(operation));
    text += "\ntypedef struct Operation Operation;\n";
    for operation in &table.operations {
        let _ = writeln!(text, "extern const Operation {}_operation;", operation.identifier());
    }
    text += "\n/* What the operations do. */\ntypedef struct Functions Functions;\n";
    for operation in &table.operations {
        let _ = writeln!(text, "extern const Functions {}_functions;", operation.identifier());
    }
    text + "\n#endif\n"
}

/// A macro of the parameters' names.
fn names(operation: &Operation) -> String {
    let start = format!("#define {}_PARAMETERS ", operation.identifier().to_uppercase());
    let names: Vec<_> = operation.parameters.iter().map(constant).collect();
    let lines = parts(&names.join(", "), WIDTH - length(&start) - 2);
    let between = format!("\\\n{}", " ".repeat(length(&start)));
    format!("{start}{}\n", lines.join(&between))
}

/// A parameter's name in an enumeration; C has a `FILE` of its own.
fn constant(parameter: &Parameter) -> String {
    match parameter.identifier().to_uppercase() {
        name if name == "FILE" => "FILE_".to_owned(),
        name => name,
    }
}

/// `tables.c`: all that is known of them.
pub fn source(table: &Table) -> String {
    let mut text = format!("/* {NOTICE} */\n\n#include \"operation.h\"\n#include \"text.h\"\n\n");
    table.operations.iter().for_each(|operation| text += &definition(operation));
    text += "const Operation *const operations[] = {\n";
    for operation in &table.operations {
        let _ = writeln!(text, "    &{}_operation,", operation.identifier());
    }
    text + "    NULL,\n};\n"
}

fn definition(operation: &Operation) -> String {
    let name = operation.identifier();
    let mut text = String::new();
    for parameter in operation.parameters.iter().filter(|p| !p.choices.is_empty()) {
        let _ = writeln!(text, "static const Choice {name}_{}[] = {{", parameter.identifier());
        for (name, label) in &parameter.choices {
            let _ = writeln!(text, "    {{{}, N_({})}},", quoted(name), quoted(label));
        }
        text += "    {NULL, NULL},\n};\n\n";
    }
    let _ = writeln!(text, "static const Parameter {name}_parameters[] = {{");
    operation.parameters.iter().for_each(|parameter| text += &entry(&name, parameter));
    text += "};\n\n";
    let _ = writeln!(text, "const Operation {name}_operation = {{");
    let procedure = format!("plug-in-polyinr-{}", operation.name);
    let _ = writeln!(text, "    .procedure = {},", quoted(&procedure));
    for (member, value) in [
        ("menu", &operation.menu),
        ("title", &operation.title),
        ("blurb", &operation.blurb),
        ("help", &operation.help),
    ] {
        text += &translated(4, member, value);
    }
    let index = |kind| operation.index_of(kind).unwrap_or_default();
    let _ = writeln!(text, "    .parameters = {name}_parameters,");
    let _ = writeln!(text, "    .parameter_count = G_N_ELEMENTS({name}_parameters),");
    let _ = writeln!(text, "    .model_kind = POLYINR_KIND_{},", operation.model.name());
    let _ = writeln!(text, "    .model = {},", index(Kind::Model));
    let _ = writeln!(text, "    .engine = {},", index(Kind::Engine));
    let picture = if operation.needs_picture { "TRUE" } else { "FALSE" };
    let _ = writeln!(text, "    .needs_picture = {picture},");
    let _ = writeln!(text, "    .functions = &{name}_functions,");
    text + "};\n\n"
}

/// A parameter's members that are not zero.
fn entry(operation: &str, parameter: &Parameter) -> String {
    let mut text = format!("    {{\n        .name = {},\n", quoted(&parameter.name));
    text += &translated(8, "label", &parameter.label);
    text += &translated(8, "tip", &parameter.tip);
    let mut set = |member: &str, value: &str| {
        let _ = writeln!(text, "        .{member} = {value},");
    };
    set("kind", &format!("PARAMETER_{}", parameter.kind.name()));
    if parameter.kind.is_number() {
        set("least", &parameter.least.to_string());
        set("most", &parameter.most.to_string());
        set("initial", &parameter.number().to_string());
    } else {
        set("text", &quoted(parameter.text()));
    }
    if parameter.digits > 0 {
        set("digits", &parameter.digits.to_string());
    }
    if !parameter.choices.is_empty() {
        set("choices", &format!("{operation}_{}", parameter.identifier()));
    }
    if parameter.linked {
        set("is_linked", "TRUE");
    }
    if let Some((name, value)) = &parameter.counts_with {
        set("counts_with", &format!("{{{}, {}}}", quoted(name), quoted(value)));
    }
    text + "    },\n"
}

/// A member that is a text to be translated.
fn translated(indent: usize, member: &str, value: &str) -> String {
    let start = format!("{}.{member} = N_(", " ".repeat(indent));
    // Beside the text: its quotes, and what closes the member.
    let lines: Vec<_> =
        parts(value, WIDTH - length(&start) - 4).iter().map(|part| quoted(part)).collect();
    format!("{start}{}),\n", lines.join(&format!("\n{}", " ".repeat(length(&start)))))
}
