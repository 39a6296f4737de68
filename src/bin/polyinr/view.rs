//! Options that say what part of a field is looked at, and how.

use clap::ValueEnum;
use polyinr::{Field, Grid, View, Warp, Window};

use crate::failure::Outcome;
use crate::parse::{self, Pixels};

/// What part of a field is shown. Whatever the order of the options, what is shown is turned, then
/// zoomed, then shifted, then warped.
#[derive(Debug, clap::Args)]
#[command(next_help_heading = "View")]
pub struct ViewArgs {
    /// Which part of the plane is shown; 0,1,0,1 is the picture, more extends the canvas
    #[arg(long, value_name = "X0,X1,Y0,Y1", value_parser = parse::window, allow_hyphen_values = true)]
    window: Option<Window>,
    /// Turn what is shown clockwise around its middle
    #[arg(long, value_name = "DEGREES", allow_negative_numbers = true)]
    rotate: Option<f64>,
    /// Make what is shown larger around its middle: 2 shows half the window
    #[arg(long, value_name = "FACTOR")]
    zoom: Option<f64>,
    /// Move what is shown right and down, by fractions of its width and height
    #[arg(long, value_name = "RIGHT,DOWN", value_parser = parse::shift, allow_hyphen_values = true)]
    shift: Option<[f64; 2]>,
    /// Warp what is shown: how far, as a fraction of the shorter side (0.02 is gentle, 0.5 the most),
    /// over how many cells across, and the seed
    #[arg(long, value_name = "AMPLITUDE[,CELLS[,SEED]]", value_parser = parse::elastic)]
    elastic: Option<Warp>,
    /// What the window's ends are of the outer pixels [default: centres for a generator's pictures,
    /// edges for photographs and for fields that were inverted from one]
    #[arg(long, value_name = "WHICH")]
    ends: Option<Ends>,
}

/// What the window's ends mean, as the option names it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Ends {
    /// Their centres, both ends included: samples at both ends
    Centres,
    /// Their edges: centres lie half a pixel inside, as image resampling does it
    Edges,
}

impl From<Ends> for Grid {
    fn from(ends: Ends) -> Self {
        match ends {
            Ends::Centres => Self::Centres,
            Ends::Edges => Self::Edges,
        }
    }
}

impl ViewArgs {
    /// A view of `window`, on the grid that suits the field.
    pub fn looking_at(window: Window) -> Self {
        let (rotate, zoom, shift, elastic, ends) = (None, None, None, None, None);
        Self { window: Some(window), rotate, zoom, shift, elastic, ends }
    }

    /// The view asked for, on the grid that suits `field` unless another is named.
    pub fn of(&self, field: &Field, size: Pixels) -> Outcome<View> {
        let window = self.window.unwrap_or(Window::UNIT);
        let mut view = match self.ends {
            Some(ends) => View::new(window, size.width, size.height, ends.into())?,
            None => field.look(window, size.width, size.height)?,
        };
        if let Some(degrees) = self.rotate {
            view = view.rotated(degrees)?;
        }
        if let Some(factor) = self.zoom {
            view = view.zoomed(factor)?;
        }
        if let Some([right, down]) = self.shift {
            view = view.shifted(right, down)?;
        }
        Ok(self.elastic.map_or(view, |warp| view.warped(warp)))
    }

    /// The first of these options that was given, by name: where no picture is made they would do
    /// nothing.
    pub fn given(&self) -> Option<&'static str> {
        let given = [
            (self.window.is_some(), "window"),
            (self.rotate.is_some(), "rotate"),
            (self.zoom.is_some(), "zoom"),
            (self.shift.is_some(), "shift"),
            (self.elastic.is_some(), "elastic"),
            (self.ends.is_some(), "ends"),
        ];
        given.into_iter().find(|(given, _)| *given).map(|(_, name)| name)
    }

    /// The options that were given, for a file to say how it was made.
    pub fn named(&self) -> String {
        let Window { x0, x1, y0, y1 } = self.window.unwrap_or(Window::UNIT);
        let option = |given: Option<String>| given.map(|g| format!(" --{g}")).unwrap_or_default();
        [
            format!(" --window={x0},{x1},{y0},{y1}"),
            option(self.rotate.map(|d| format!("rotate={d}"))),
            option(self.zoom.map(|f| format!("zoom={f}"))),
            option(self.shift.map(|[x, y]| format!("shift={x},{y}"))),
            option(
                self.elastic
                    .map(|w| format!("elastic={},{},{}", w.amplitude(), w.cells(), w.seed())),
            ),
            option(
                self.ends.and_then(|e| Some(format!("ends={}", e.to_possible_value()?.get_name()))),
            ),
        ]
        .concat()
    }
}
