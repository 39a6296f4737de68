//! Krita's list of actions.

use super::NOTICE;
use super::table::Table;

/// `polyinr.action`: an action an operation, and those of the plug-in itself.
pub fn source(table: &Table) -> String {
    let operations = table.operations.iter().map(|operation| {
        action(&operation.identifier(), &format!("{}…", operation.title), &operation.blurb)
    });
    let own = [
        action("run", "run", "Do what the docker shows"),
        action("cancel", "cancel", "End what runs"),
    ];
    let actions: String = operations.chain(own).collect();
    format!(
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n\
         <!-- {NOTICE} -->\n\
         <ActionCollection version=\"2\" name=\"Scripts\">\n  \
           <Actions category=\"Scripts\">\n    \
             <text>Poly-INR</text>\n\
         {actions}  \
           </Actions>\n\
         </ActionCollection>\n"
    )
}

fn action(name: &str, text: &str, tip: &str) -> String {
    let members = [
        ("icon", ""),
        ("text", &format!("Poly-INR: {}", escaped(text))),
        ("whatsThis", ""),
        ("toolTip", &escaped(tip)),
        ("iconText", ""),
        ("activationFlags", "0"),
        ("activationConditions", "0"),
        ("shortcut", ""),
        ("isCheckable", "false"),
        ("statusTip", ""),
    ];
    let lines = members.map(|(member, value)| format!("      <{member}>{value}</{member}>\n"));
    format!("    <Action name=\"polyinr_{name}\">\n{}    </Action>\n", lines.concat())
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;")
}
