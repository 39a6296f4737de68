//! Options that a run would take without a word and never use.

use std::path::Path;

use serde::Serialize;
use serde_json::{Map, Value};

use super::architecture::Architecture;
use super::embedding::AUTO;
use super::options::Options;
use super::schedule::Schedule;
use super::settings::Settings;
use super::shape::DiscriminatorKind;
use crate::augment::Policy;
use crate::error::{Error, Result};
use crate::metrics::Metric;

/// An option, by its name on the command line, whether a run uses it, and what would.
struct Use {
    option: &'static str,
    used: bool,
    by: &'static str,
}

impl Settings {
    /// Whether everything that differs from what is taken by default is used by something, in a run whose
    /// pictures have classes or not.
    ///
    /// # Errors
    /// [`Error::Parameter`] with the first option that nothing uses, and with what does.
    pub fn check_used(&self, classes: bool) -> Result<()> {
        let (given, usual) = (object(self)?, object(&usual()?)?);
        let is_given = |option: &str| {
            let name = option.trim_start_matches('-').replace('-', "_");
            given.get(&name) != usual.get(&name)
        };
        match self.uses(classes).into_iter().find(|u| !u.used && is_given(u.option)) {
            Some(Use { option, by, .. }) => {
                Err(Error::parameter(option, format!("nothing would use it: {by}")))
            }
            None => Ok(()),
        }
    }

    fn uses(&self, classes: bool) -> Vec<Use> {
        let (recipe, balance, networks) = (&self.recipe, &self.balance, &self.networks);
        let projected = networks.discriminator == DiscriminatorKind::Projected;
        let measured = self.measured();
        let features = [Metric::FdEfficientnet, Metric::Recognised];
        let compared = measured.iter().any(|metric| features.contains(metric));
        let several_stages =
            Schedule::new(&self.schedule).is_ok_and(|schedule| schedule.stages().len() > 1);
        let guided = recipe.guidance.is_some();
        let reached = self.schedule.resolution.iter().any(|side| *side >= recipe.guidance_from);
        let takes = "--discriminator projected takes it";
        let convolutional = "the convolutional discriminator takes it, not the projected one";
        let guide = "it belongs to --guidance";
        let measures = "it belongs to --metrics-kimg";
        let row = |option, used, by| Use { option, used, by };
        let of = |network| networks.network == network;
        let (poly_inr, creps) = (of(Architecture::PolyInr), of(Architecture::Creps));
        let inr_gan = of(Architecture::InrGan);
        vec![
            row("--form", poly_inr, "--network poly-inr takes it"),
            row("--levels", poly_inr, "--network poly-inr takes it"),
            row("--blocks", creps, "--network creps takes it"),
            row("--line-channels", creps, "--network creps takes it"),
            row("--rank", creps || inr_gan, "--network creps and inr-gan take it"),
            row("--input-resolution", inr_gan, "--network inr-gan takes it"),
            row("--upsampling", inr_gan, "--network inr-gan takes it"),
            row(
                "--efficientnet",
                projected || compared || networks.embedding.as_deref() == Some(Path::new(AUTO)),
                "--discriminator projected takes it, --embedding auto, and --metrics fd-efficientnet with \
                 --metrics-kimg",
            ),
            row("--deit", projected, takes),
            row(
                "--feature-side",
                projected && networks.efficientnet.is_some(),
                "--efficientnet of --discriminator projected takes it",
            ),
            row("--mixed-channels", projected, takes),
            row("--d-channels", !projected, convolutional),
            row("--d-channels-max", !projected, convolutional),
            row("--embedding", classes, "the pictures have no classes"),
            row("--embedding", networks.from.is_none(), "the model of --from has its own"),
            row("--embed-dim", classes || networks.from.is_some(), "the pictures have no classes"),
            row(
                "--embed-dim",
                networks.embedding.is_none() || networks.from.is_some(),
                "--embedding says how many numbers there are",
            ),
            row("--guidance", reached, "no stage reaches the pixels of --guidance-from"),
            row("--guidance-weight", guided, guide),
            row("--guidance-from", guided, guide),
            row("--r1-every", balance.r1 != 0.0, "--r1 is 0"),
            row("--fresh-stages", several_stages, "there is one stage"),
            row("--ada-target", recipe.augment == Policy::Adaptive, "--augment ada takes it"),
            row("--ada-kimg", recipe.augment == Policy::Adaptive, "--augment ada takes it"),
            row("--blur-kimg", balance.blur_sigma != 0.0, "--blur-sigma is 0"),
            row("--metrics", !measured.is_empty(), measures),
            row("--metrics-images", !measured.is_empty(), measures),
        ]
    }
}

/// Options of which none was said.
fn usual() -> Result<Options> {
    use clap::{Args as _, Command, FromArgMatches as _};
    let command = Options::augment_args(Command::new("options"));
    let matches = command.try_get_matches_from(["options"]);
    let options = matches.and_then(|matches| Options::from_arg_matches(&matches));
    options.map_err(|e| Error::parameter("options", e.to_string()))
}

fn object(options: &impl Serialize) -> Result<Map<String, Value>> {
    match serde_json::to_value(options) {
        Ok(Value::Object(map)) => Ok(map),
        other => Err(Error::parameter("options", format!("they make no JSON object: {other:?}"))),
    }
}

#[cfg(test)]
mod tests {
    use clap::Parser;

    use super::*;

    #[derive(Parser)]
    struct Line {
        #[command(flatten)]
        options: Options,
    }

    fn check(line: &str, classes: bool) -> Result<()> {
        let words = ["train", "--data", "x"].into_iter().chain(line.split_whitespace());
        Line::try_parse_from(words).unwrap().options.resolve().check_used(classes)
    }

    #[test]
    fn what_nothing_uses_is_refused_by_name() {
        for (line, classes, option) in [
            ("--efficientnet x", true, "--efficientnet"),
            ("--efficientnet x --metrics rfid --metrics-kimg 5", true, "--efficientnet"),
            ("--feature-side 128", true, "--feature-side"),
            ("--discriminator projected --efficientnet x --d-channels 8", true, "--d-channels"),
            ("--embedding x", false, "--embedding"),
            ("--embedding x --from y", true, "--embedding"),
            ("--discriminator projected --deit x --feature-side 128", true, "--feature-side"),
            ("--embed-dim 8", false, "--embed-dim"),
            ("--embed-dim 8 --embedding x", true, "--embed-dim"),
            ("--guidance x --resolution 32,64", true, "--guidance"),
            ("--guidance-weight 2", true, "--guidance-weight"),
            ("--r1 0 --r1-every 4", true, "--r1-every"),
            ("--fresh-stages", true, "--fresh-stages"),
            ("--blur-kimg 4", true, "--blur-kimg"),
            ("--ada-target 0.5", true, "--ada-target"),
            ("--ada-kimg 100 --augment none", true, "--ada-kimg"),
            ("--metrics-images 4", true, "--metrics-images"),
            ("--network creps --form paper", true, "--form"),
            ("--network inr-gan --levels 4", true, "--levels"),
            ("--blocks 3", true, "--blocks"),
            ("--network inr-gan --line-channels 4", true, "--line-channels"),
            ("--rank 3", true, "--rank"),
            ("--network creps --input-resolution 8", true, "--input-resolution"),
            ("--network creps --upsampling bilinear", true, "--upsampling"),
        ] {
            let error = check(line, classes).unwrap_err().to_string();
            assert!(error.starts_with(&format!("{option}: nothing would use it")), "{error}");
        }
    }

    #[test]
    fn what_is_used_passes() {
        for (line, classes) in [
            ("", false),
            ("--efficientnet x --metrics-kimg 5", false),
            ("--discriminator projected --efficientnet x --feature-side 128 --blur-kimg 4", true),
            ("--guidance x --resolution 32,128 --guidance-weight 2", true),
            ("--embedding x --d-channels 8", true),
            ("--embedding auto --efficientnet x", true),
            ("--fresh-stages --kimg 5,5", true),
            ("--augment ada --ada-target 0.5 --ada-kimg 100", false),
            ("--network creps --blocks 4 --line-channels 8 --rank 4 --mixing 0.5", false),
            ("--network inr-gan --input-resolution 8 --upsampling bilinear --rank 3", false),
            ("--metrics recall --metrics-kimg 1 --metrics-images 9", false),
        ] {
            check(line, classes).unwrap();
        }
    }
}
