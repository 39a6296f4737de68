//! How large a picture is printed.

/// What a resolution counts pixels by.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ResolutionUnit {
    /// Nothing: only the ratio of x to y, the pixels' shape, means something.
    None,
    /// An inch.
    Inch,
    /// A centimetre.
    Centimetre,
}

impl ResolutionUnit {
    /// The code in TIFF and EXIF.
    pub(super) fn tiff_code(self) -> u16 {
        match self {
            Self::None => 1,
            Self::Inch => 2,
            Self::Centimetre => 3,
        }
    }
}

/// Pixels per unit of length, for printing.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Resolution {
    /// Horizontally, over 0.
    pub x: f64,
    /// Vertically, over 0.
    pub y: f64,
    /// Of what length.
    pub unit: ResolutionUnit,
}

impl Resolution {
    /// `dpi` pixels an inch both ways.
    pub fn dpi(dpi: f64) -> Self {
        Self { x: dpi, y: dpi, unit: ResolutionUnit::Inch }
    }

    /// The resolution at which a picture with `x` times as many columns and `y` times as many rows
    /// is printed at the same size.
    pub fn scaled(self, x: f64, y: f64) -> Self {
        Self { x: self.x * x, y: self.y * y, unit: self.unit }
    }

    /// Pixels a metre, where the unit is a length.
    pub(super) fn per_metre(self) -> Option<(f64, f64)> {
        let factor = match self.unit {
            ResolutionUnit::None => return None,
            ResolutionUnit::Inch => 1.0 / 0.0254,
            ResolutionUnit::Centimetre => 100.0,
        };
        Some((self.x * factor, self.y * factor))
    }
}
