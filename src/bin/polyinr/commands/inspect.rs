//! `polyinr inspect`: what a model, a field file or a picture holds.

use std::fs;
use std::path::{Path, PathBuf};

use polyinr::model::{Kind, Model};
use polyinr::ops::Refine;
use polyinr::picture::{Info, Limits, PictureReader};
use polyinr::{Channels, Depth, Error, FieldContent, FieldFile, Result};
use serde_json::{Value, json};

use crate::failure::{Failure, Outcome, error_line};
use crate::limits::LimitArgs;
use crate::passing::{regular, renamed};
use crate::print::{print, print_json};
use crate::report::{merged, shortest};
use crate::signals::end_at_once;
use crate::source::is_field_file;
use crate::visible::visible;

const AFTER_HELP: &str = "\
Examples:
  polyinr inspect photo.jpg scans/*.tiff
  polyinr inspect flowers                  # a built-in model
  polyinr inspect rose.field                 # which model it needs, what can be done with it
  polyinr inspect --json my.safetensors

JSON lines (--json): one object a file, {\"kind\":\"picture\",…}, {\"kind\":\"upscaler\",…},
{\"kind\":\"generator\",…}, {\"kind\":\"field\",…} or {\"kind\":\"unknown\",\"file\":…,\"error\":…}";

/// Say what a picture, a field file or a model holds
#[derive(Debug, clap::Args)]
#[command(after_help = AFTER_HELP)]
pub struct Args {
    /// Pictures, field files, model files, or names of models
    #[arg(required = true, value_name = "FILE")]
    files: Vec<PathBuf>,
    /// Print one JSON object a file
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    limits: LimitArgs,
}

/// Runs `polyinr inspect`.
pub fn run(args: &Args) -> Outcome {
    end_at_once();
    let mut failed = false;
    for path in &args.files {
        let file = path.display().to_string();
        let object = facts(path, &args.limits.limits()).unwrap_or_else(|error| {
            failed = true;
            let message = error.to_string();
            error_line(&message);
            json!({"kind": "unknown", "error": message})
        });
        match args.json {
            true => print_json(&merged(json!({"file": file}), object))?,
            false if object["kind"] == "unknown" => (),
            false => print(lines(&file, &object).as_bytes())?,
        }
    }
    if failed { Err(Failure::Reported) } else { Ok(()) }
}

/// What is known of a file, as an object.
fn facts(path: &Path, limits: &Limits) -> Result<Value> {
    let is_model = path.extension().is_some_and(|e| e == "safetensors");
    if is_model || !path.exists() && path.components().count() == 1 && path.extension().is_none() {
        return Ok(model_facts(&Model::find(&path.to_string_lossy())?));
    }
    if is_field_file(path) {
        return Ok(field_facts(&FieldFile::open(path)?));
    }
    let file = regular(path)?;
    let reader = PictureReader::open(&file, limits);
    let reader = reader.map_err(|error| renamed(error, &file, &path.display().to_string()))?;
    let size = fs::metadata(&file).map_err(|e| Error::io(path, "look at", e))?.len();
    Ok(merged(picture_facts(reader.info()), json!({"bytes": size})))
}

fn model_facts(model: &Model) -> Value {
    let about = model.about();
    let config = model.describe();
    let shape = match &config.kind {
        Kind::Upscaler(c) => json!({"kind": "upscaler", "shape": c}),
        Kind::Generator(c) => json!({"kind": "generator", "shape": c}),
    };
    let rest = json!({
        "name": about.name, "id": about.id, "parameters": about.parameters,
        "licence": about.licence, "training": about.training,
        "format_version": config.format_version,
    });
    merged(shape, rest)
}

fn field_facts(file: &FieldFile) -> Value {
    let [width, height] = file.size();
    let shared = json!({
        "kind": "field", "model": file.model().name, "model_id": file.model().id,
        "width": width, "height": height, "origin": file.origin(),
    });
    let own = match file.content() {
        FieldContent::Generated(content) => {
            let shape = content.code_shape();
            json!({
                "of": "generator", "levels": shape.len(), "numbers": polyinr::network::count(&shape),
                "tuned": content.is_tuned(), "styles": content.has_styles(),
                "latent": content.has_latent(),
            })
        }
        FieldContent::Picture(content) => {
            let strength = content.strength();
            let told = |amount: f32| Some(shortest(amount)).filter(|_| !strength.is_none());
            json!({
                "of": "picture", "channels": channels(content.raster().channels()),
                "depth": depth(content.raster().samples().depth()),
                "denoise": told(strength.denoise), "deblur": told(strength.deblur),
                "detail": told(strength.detail),
                "refine": content.refine().map(Refine::steps),
                "icc_bytes": content.profile().map(<[u8]>::len),
            })
        }
    };
    merged(shared, own)
}

fn picture_facts(info: &Info) -> Value {
    let metadata = &info.metadata;
    let resolution = metadata
        .resolution
        .map(|r| json!({"x": r.x, "y": r.y, "unit": format!("{:?}", r.unit).to_lowercase()}));
    let length = |block: &Option<Vec<u8>>| block.as_ref().map(Vec::len);
    json!({
        "kind": "picture", "format": info.format.to_string().to_lowercase(),
        "width": info.width, "height": info.height,
        "channels": channels(info.channels), "depth": depth(info.depth), "pages": info.pages,
        "icc_bytes": length(&metadata.icc), "exif_bytes": length(&metadata.exif),
        "xmp_bytes": length(&metadata.xmp), "resolution": resolution,
        "text": metadata.text.iter().map(|(k, v)| json!([k, v])).collect::<Vec<_>>(),
        "parameters": metadata.parameters,
    })
}

fn channels(channels: Channels) -> &'static str {
    match channels {
        Channels::Gray => "gray",
        Channels::GrayAlpha => "gray+alpha",
        Channels::Rgb => "rgb",
        Channels::Rgba => "rgba",
    }
}

fn depth(depth: Depth) -> &'static str {
    match depth {
        Depth::U8 => "8",
        Depth::U16 => "16",
        Depth::F32 => "32f",
    }
}

/// The same for people: a name a line, without what is absent.
fn lines(file: &str, facts: &Value) -> String {
    let mut out = format!("{}\n", visible(file));
    append(&mut out, facts);
    out
}

fn append(out: &mut String, facts: &Value) {
    for (name, value) in facts.as_object().into_iter().flatten() {
        let shown = match value {
            Value::Null => continue,
            Value::Object(_) if name == "shape" => {
                append(out, value);
                continue;
            }
            Value::Array(items) if items.is_empty() => continue,
            Value::Array(items) => items.iter().map(plain).collect::<Vec<_>>().join(", "),
            Value::String(text) if text.is_empty() => continue,
            value => plain(value),
        };
        out.push_str(&format!("  {:<18} {}\n", visible(&name.replace('_', " ")), visible(&shown)));
    }
}

fn plain(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        Value::Array(pair) => pair.iter().map(plain).collect::<Vec<_>>().join(": "),
        Value::Object(parts) => {
            let part = |(name, value): (&String, &Value)| format!("{name} {}", plain(value));
            parts.iter().map(part).collect::<Vec<_>>().join(" ")
        }
        value => value.to_string(),
    }
}
