//! A contact sheet: crops of pictures side by side.

use std::convert::Infallible;

use embedded_graphics::mono_font::MonoTextStyle;
use embedded_graphics::mono_font::iso_8859_1::FONT_9X15;
use embedded_graphics::pixelcolor::Rgb888;
use embedded_graphics::prelude::{
    DrawTarget, Drawable as _, OriginDimensions, Pixel, Point, RgbColor as _, Size,
};
use embedded_graphics::text::{Baseline, Text};
use image::imageops::{self, FilterType};
use image::{Rgb, RgbImage};
use polyinr::Raster;

use super::picture::image;
use super::set::Case;

/// Width and height of a cell, in pixels.
const CELL: u32 = 240;
/// Most pixels of the original in a cell, each way; they are shown twice as large.
const CROP: u32 = 120;
/// Space between cells, and height of a line of text.
const GAP: u32 = 6;
const LINE: u32 = 20;
/// Width of a letter.
const LETTER: u32 = 9;
/// How far apart places for a crop are that are compared.
const STEP: u32 = 8;

/// Rows of crops under the names of their columns.
#[derive(Debug)]
pub struct Sheet {
    columns: Vec<String>,
    rows: Vec<(String, Vec<RgbImage>)>,
}

/// A part of an original.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Window {
    left: u32,
    top: u32,
    width: u32,
    height: u32,
}

impl Sheet {
    /// A sheet without rows, whose columns are called so after the original and the input.
    pub fn new<'a>(methods: impl Iterator<Item = &'a str>) -> Self {
        let columns = ["original", "input"].into_iter().chain(methods);
        Self { columns: columns.map(str::to_owned).collect(), rows: Vec::new() }
    }

    /// Begins the row of a case of `set`: its original and its input. The part that is shown, of all
    /// results too.
    pub fn begin(&mut self, set: &str, case: &Case) -> Window {
        let factor = case.original.width() / case.input.width();
        let window = Window::busiest(&case.original, factor);
        let input = window.reduced(factor).cut(&case.input);
        let cells = vec![window.cut(&case.original), input];
        self.rows.push((format!("{set}: {}", case.name), cells));
        window
    }

    /// Adds the next result to the row that was begun last.
    ///
    /// # Panics
    /// When none was begun.
    pub fn add(&mut self, window: Window, result: &Raster) {
        let (_, cells) = self.rows.last_mut().expect("a row was begun");
        cells.push(window.cut(result));
    }

    /// Whether it has no rows.
    pub fn is_empty(&self) -> bool {
        self.rows.is_empty()
    }

    /// The whole sheet.
    pub fn draw(&self) -> RgbImage {
        let (columns, rows) = (self.columns.len() as u32, self.rows.len() as u32);
        let width = columns * (CELL + GAP) + GAP;
        let height = LINE + rows * (LINE + CELL + GAP);
        let mut canvas = Canvas(RgbImage::from_pixel(width, height, Rgb([32; 3])));
        for (column, name) in (0u32..).zip(&self.columns) {
            canvas.write(name, GAP + column * (CELL + GAP), 0, CELL);
        }
        for (row, (name, cells)) in (0u32..).zip(&self.rows) {
            let top = LINE + row * (LINE + CELL + GAP);
            canvas.write(name, GAP, top, width);
            for (column, cell) in (0u32..).zip(cells) {
                let left = i64::from(GAP + column * (CELL + GAP));
                imageops::replace(&mut canvas.0, cell, left, i64::from(top + LINE));
            }
        }
        canvas.0
    }
}

impl Window {
    /// The part of a picture where neighbours in it differ most, from and of a multiple of `factor`
    /// pixels.
    fn busiest(picture: &Raster, factor: u32) -> Self {
        let side = |n: u32| n.min((CROP / factor).max(1) * factor);
        let (width, height) = (side(picture.width()), side(picture.height()));
        let sums = Sums::of_differences(&image(picture));
        let places = |all: u32, part: u32| {
            (0..=all - part).step_by((STEP.div_ceil(factor) * factor) as usize)
        };
        let windows = places(picture.height(), height).flat_map(|top| {
            places(picture.width(), width).map(move |left| Self { left, top, width, height })
        });
        windows.max_by_key(|window| sums.within(window)).expect("a picture has a part")
    }

    fn reduced(&self, factor: u32) -> Self {
        let Self { left, top, width, height } = *self;
        Self {
            left: left / factor,
            top: top / factor,
            width: width / factor,
            height: height / factor,
        }
    }

    /// This part of a picture, enlarged to a cell's width or height without smoothing.
    fn cut(&self, picture: &Raster) -> RgbImage {
        let Self { left, top, width, height } = *self;
        let part = imageops::crop_imm(&image(picture), left, top, width, height).to_image();
        let longer = width.max(height);
        let [width, height] = [width, height].map(|n| (n * CELL / longer).max(1));
        imageops::resize(&part, width, height, FilterType::Nearest)
    }
}

/// Sums over all rectangles from a picture's top left corner.
struct Sums {
    width: usize,
    values: Vec<u64>,
}

impl Sums {
    /// Of how much each pixel's green differs from those to the left and above.
    fn of_differences(picture: &RgbImage) -> Self {
        let width = picture.width() as usize + 1;
        let mut values = vec![0; width * (picture.height() as usize + 1)];
        let green = |x: u32, y: u32| picture.get_pixel(x, y).0[1];
        for (x, y, pixel) in picture.enumerate_pixels() {
            let apart = |x: u32, y: u32| u64::from(pixel.0[1].abs_diff(green(x, y)));
            let here = apart(x.saturating_sub(1), y) + apart(x, y.saturating_sub(1));
            let at = (y as usize + 1) * width + x as usize + 1;
            values[at] = here + values[at - 1] + values[at - width] - values[at - width - 1];
        }
        Self { width, values }
    }

    fn within(&self, window: &Window) -> u64 {
        let at = |x: u32, y: u32| self.values[y as usize * self.width + x as usize];
        let (right, bottom) = (window.left + window.width, window.top + window.height);
        at(right, bottom) + at(window.left, window.top)
            - at(window.left, bottom)
            - at(right, window.top)
    }
}

/// A picture that text is drawn on.
struct Canvas(RgbImage);

impl Canvas {
    /// Writes `text` in white at a place, its end where it is wider than `width` pixels.
    fn write(&mut self, text: &str, left: u32, top: u32, width: u32) {
        let skipped = text.chars().count().saturating_sub((width / LETTER) as usize);
        let text: String = text.chars().skip(skipped).collect();
        let style = MonoTextStyle::new(&FONT_9X15, Rgb888::WHITE);
        let place = Point::new(left.cast_signed(), (top + 2).cast_signed());
        let Ok(_) = Text::with_baseline(&text, place, style, Baseline::Top).draw(self);
    }
}

impl OriginDimensions for Canvas {
    fn size(&self) -> Size {
        Size::new(self.0.width(), self.0.height())
    }
}

impl DrawTarget for Canvas {
    type Color = Rgb888;
    type Error = Infallible;

    fn draw_iter<I>(&mut self, pixels: I) -> Result<(), Infallible>
    where
        I: IntoIterator<Item = Pixel<Rgb888>>,
    {
        for Pixel(place, colour) in pixels {
            let (x, y) = (place.x.cast_unsigned(), place.y.cast_unsigned());
            if let Some(pixel) = self.0.get_pixel_mut_checked(x, y) {
                *pixel = Rgb([colour.r(), colour.g(), colour.b()]);
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::super::picture::raster;
    use super::*;
    use std::sync::Arc;

    /// Grey with a chequered square whose corner is at `(160, 80)`.
    fn picture() -> RgbImage {
        RgbImage::from_fn(320, 240, |x, y| {
            let inside = (160..280).contains(&x) && (80..200).contains(&y);
            Rgb(if inside { [(x + y) as u8 % 2 * 255; 3] } else { [90; 3] })
        })
    }

    fn case() -> Case {
        let original = raster(picture()).unwrap();
        let input = Arc::new(raster(RgbImage::from_pixel(80, 60, Rgb([7, 8, 9]))).unwrap());
        Case { name: "square".into(), original, input }
    }

    #[test]
    fn the_busiest_part_is_shown_at_whole_pixels_of_the_input() {
        let window = Window::busiest(&case().original, 4);
        assert_eq!(window, Window { left: 160, top: 80, width: 120, height: 120 });
        assert_eq!(window.reduced(4), Window { left: 40, top: 20, width: 30, height: 30 });
        let small = raster(RgbImage::from_pixel(72, 60, Rgb([5; 3]))).unwrap();
        assert_eq!(Window::busiest(&small, 3), Window { left: 0, top: 0, width: 72, height: 60 });
    }

    #[test]
    fn rows_have_a_cell_for_every_column() {
        let mut sheet = Sheet::new(["lanczos"].into_iter());
        assert!(sheet.is_empty());
        let case = case();
        let window = sheet.begin("set", &case);
        sheet.add(window, &case.original);
        let drawn = sheet.draw();
        assert_eq!(drawn.dimensions(), (3 * 246 + 6, 20 + 20 + 240 + 6));
        let cell =
            |column: u32| imageops::crop_imm(&drawn, 6 + column * 246, 40, 240, 240).to_image();
        assert_eq!(cell(0), cell(2));
        assert!(cell(1).pixels().all(|p| p.0 == [7, 8, 9]));
        // Pixels are shown twice as large.
        assert_eq!(cell(0).get_pixel(2, 0), cell(0).get_pixel(3, 1));
        assert_ne!(cell(0).get_pixel(1, 0), cell(0).get_pixel(2, 0));
    }

    #[test]
    fn names_are_written_and_long_ones_lose_their_beginning() {
        let drawn = |name: &str| {
            let mut canvas = Canvas(RgbImage::new(120, 20));
            canvas.write(name, 0, 0, 90);
            canvas.0
        };
        assert!(drawn("clean").pixels().any(|p| p.0 == [255; 3]));
        assert_ne!(drawn("clean"), drawn("photo"));
        assert_eq!(drawn("runs/first/model"), drawn("irst/model"));
    }
}
