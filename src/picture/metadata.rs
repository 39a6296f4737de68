//! What a file says of its picture besides the pixels.

use super::colour::{Colours, PngColour};
use super::orientation::Orientation;
use super::resolution::Resolution;
use super::{Format, Georeference, Notes, exif, xmp};
use crate::raster::Depth;

/// What a file says of its picture besides the pixels.
///
/// What each format keeps of it:
///
/// | | PNG | JPEG | TIFF | WebP |
/// | --- | --- | --- | --- | --- |
/// | ICC profile, XMP | yes | yes | yes | yes |
/// | EXIF | yes | yes | as the file's own tags, without the thumbnail | yes |
/// | resolution | yes | yes | yes | in EXIF, if that states it |
/// | PNG colour chunks | yes | as a profile | as a profile | as a profile |
/// | text | yes | `Comment` | no | no |
/// | place on Earth, number for "no data" | no | no | yes | no |
/// | parameters | text | in XMP | in XMP | in XMP |
/// | IPTC | no | yes | yes | no |
///
/// EXIF is up to 65527 bytes in JPEG, XMP up to 65504. Photoshop's blocks other than IPTC are not
/// kept, nor what EXIF and XMP say of things that are not read: thumbnails, gain maps, films, how
/// the pixels were stored. Size, resolution and orientation are made true in both.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Metadata {
    /// The ICC profile. A file is written without it when it is for other colours than the pixels
    /// (a profile for RGB on a grey picture), as the formats demand.
    pub icc: Option<Vec<u8>>,
    /// The EXIF block, from its byte-order mark on. As read, it states an upright picture.
    pub exif: Option<Vec<u8>>,
    /// The XMP packet.
    pub xmp: Option<Vec<u8>>,
    /// The IPTC records (captions, keywords, credits), from the first one's tag marker on.
    pub iptc: Option<Vec<u8>>,
    /// Pixels per unit of length.
    pub resolution: Option<Resolution>,
    /// Which colours a PNG's numbers mean.
    pub png_colour: PngColour,
    /// Keyword and text, as in PNG; a JPEG's comment has the keyword `Comment`.
    pub text: Vec<(String, String)>,
    /// The sample that stands for "no data here", in the file's own units: 255 of 8 bits, -9999 of
    /// floats.
    pub nodata: Option<f64>,
    /// Where on Earth the picture lies.
    pub georeference: Option<Georeference>,
    /// How this program made the picture, so that it can be made again: in PNG a text with the
    /// keyword `polyinr:parameters`, else the XMP property of that name.
    pub parameters: Option<String>,
}

impl Metadata {
    /// Drops what describes the picture: EXIF, XMP, resolution, texts, parameters. The ICC profile,
    /// PNG's colour chunks and the number for no data stay, because without them the pixels would
    /// mean something else.
    ///
    /// ```
    /// let mut metadata = polyinr::Metadata { icc: Some(vec![1]), ..Default::default() };
    /// metadata.parameters = Some("seed=7".into());
    /// metadata.strip();
    /// assert_eq!((metadata.icc.is_some(), metadata.parameters), (true, None));
    /// ```
    pub fn strip(&mut self) {
        let (icc, png_colour, nodata) = (self.icc.take(), self.png_colour, self.nodata);
        *self = Self { icc, png_colour, nodata, ..Self::default() };
    }

    /// Makes resolution, EXIF, XMP and place on Earth true for a picture that was `from` and is now
    /// `to` (width and height in pixels, over 0): printed, it has the same size.
    pub fn resized(&mut self, from: (u32, u32), to: (u32, u32)) {
        let x = f64::from(to.0) / f64::from(from.0.max(1));
        let y = f64::from(to.1) / f64::from(from.1.max(1));
        self.resolution = self.resolution.map(|r| r.scaled(x, y));
        if let Some(georeference) = &mut self.georeference {
            georeference.resize(x, y);
        }
        if let Some(block) = &mut self.exif {
            exif::set_size(block, from, to, self.resolution);
        }
        self.xmp = self.xmp.take().and_then(|xmp| xmp::resized(&xmp, to, self.resolution));
    }

    /// Makes resolution, EXIF, XMP and place on Earth true for a picture that got `margins`, left and
    /// above, and is now `to` (width and height in pixels, over 0), its pixels as large as before.
    pub fn extended(&mut self, margins: (u32, u32), to: (u32, u32)) {
        self.resized(to, to);
        if let Some(georeference) = &mut self.georeference {
            georeference.shift(margins.0, margins.1);
        }
        if let Some(block) = &mut self.exif {
            exif::shift(block, margins);
        }
    }

    /// Makes the number for "no data" true for samples that were of depth `from` and are now of `to`.
    pub fn converted(&mut self, from: Depth, to: Depth) {
        let full = |depth| match depth {
            Depth::U8 => 255.0,
            Depth::U16 => 65535.0,
            Depth::F32 => 1.0,
        };
        if from != to {
            self.nodata = self.nodata.map(|value| value / full(from) * full(to));
        }
    }

    /// Takes from EXIF and XMP, as read, what this type keeps elsewhere, and what is not true of
    /// the picture as it is read; it is stored in the way of `orientation`, `size` pixels large.
    pub(super) fn settle(&mut self, orientation: Orientation, size: (u32, u32), notes: &Notes) {
        if let Some(block) = &mut self.exif {
            if block.starts_with(b"Exif\0\0") {
                block.drain(..6);
            }
            exif::set_upright(block, orientation, size);
            self.resolution = self.resolution.or_else(|| exif::resolution(block));
        }
        self.xmp = self.xmp.take().and_then(|packet| xmp::settled(&packet, notes));
        if let Some(packet) = &self.xmp {
            self.parameters = self.parameters.take().or_else(|| xmp::parameters(packet));
        }
    }

    /// The XMP packet with the parameters in it.
    pub(super) fn xmp_with_parameters(&self) -> Option<Vec<u8>> {
        match &self.parameters {
            Some(parameters) => Some(xmp::with_parameters(self.xmp.as_deref(), parameters)),
            None => self.xmp.clone(),
        }
    }

    /// Brings what PNG's chunks say of colours into a profile where `format` has no place for them.
    pub(super) fn state_colours(&mut self, format: Format, gray: bool) {
        if format == Format::Png || self.icc.is_some() && self.png_colour.cicp.is_none() {
            return;
        }
        if let Colours::Profile(profile) = self.png_colour.elsewhere(gray) {
            self.icc = Some(profile);
        }
    }

    /// The profile, if it is for grey or colour as the pixels are.
    pub(super) fn icc_for(&self, gray: bool) -> Option<&[u8]> {
        let space: &[u8] = if gray { b"GRAY" } else { b"RGB " };
        self.icc.as_deref().filter(|icc| icc.get(16..20).is_none_or(|s| s == space))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn printed_size_stays() {
        let mut metadata =
            Metadata { resolution: Some(Resolution::dpi(72.0)), ..Metadata::default() };
        metadata.resized((10, 20), (40, 40));
        let resolution = metadata.resolution.unwrap();
        assert_eq!((resolution.x, resolution.y), (288.0, 144.0));
    }

    #[test]
    fn a_profile_for_other_colours_is_left_out() {
        let mut icc = vec![0; 128];
        icc[16..20].copy_from_slice(b"RGB ");
        let metadata = Metadata { icc: Some(icc), ..Metadata::default() };
        assert!(metadata.icc_for(false).is_some());
        assert!(metadata.icc_for(true).is_none());
    }
}
