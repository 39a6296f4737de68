//! What upscalers are worth: sets of pictures, clean and spoilt, enlarged by ours and by others, in
//! figures and side by side.
//!
//! ```text
//! originals ─ reduce, spoil (Degradation) ─ Set ─ Method ─ Judges (PSNR, features, colour) ─ Table
//!                                                    └───── crops ───────────────────────── Sheet
//! ```

mod colour;
mod degradation;
mod judges;
mod method;
mod peer;
mod picture;
mod score_file;
mod session;
mod set;
mod sheet;
mod table;

pub use colour::colour_step;
pub use degradation::{DEGRADATIONS, Degradation};
pub use judges::{Bench, JudgeArgs, Judges, Scores};
pub use method::Method;
pub use peer::{Peer, Peers};
pub use score_file::ScoreFile;
pub use session::{Session, Verdict};
pub use set::{Case, Set, SetArgs};
pub use sheet::{Sheet, Window};
pub use table::{Row, Table};
