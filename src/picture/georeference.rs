//! Where on Earth a picture lies, as GeoTIFF has it.

use super::ifd::{Entry, tag};

/// The key that says what a tie point's column and row are counted from.
const RASTER_TYPE: u16 = 1025;
/// Its value where they are counted from the middle of the first pixel, not from its corner.
const PIXEL_IS_POINT: u16 = 2;

/// Where on Earth a picture lies: the tags of GeoTIFF, which only TIFF files hold.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Georeference {
    /// Width and height of a pixel, and the step of a height, in units of the coordinates.
    pub pixel_scale: Option<[f64; 3]>,
    /// Column, row and height in the picture, and x, y and z on Earth.
    pub tie_points: Vec<[f64; 6]>,
    /// The 4x4 matrix, row by row, that makes coordinates on Earth of column, row, height and 1.
    pub transformation: Option<[f64; 16]>,
    /// The directory of keys, which say what the coordinates are.
    pub keys: Vec<u16>,
    /// The numbers to which keys refer.
    pub doubles: Vec<f64>,
    /// The text to which keys refer.
    pub text: Vec<u8>,
    /// What GDAL says besides, as XML, without the statistics of the pixels.
    pub gdal: Option<String>,
}

impl Georeference {
    /// What the tags that `find` gives say; `None` when they give no place.
    pub(super) fn of<'a>(find: impl Fn(u16) -> Option<&'a Entry>) -> Option<Self> {
        let numbers = |tag| find(tag).map(Entry::numbers).unwrap_or_default();
        let bytes = |tag| find(tag).map(|e| e.data.clone());
        let keys = find(tag::GEO_KEYS).map(|e| e.integers().map(|n| n as u16).collect());
        let tie_points = numbers(tag::TIE_POINTS);
        let georeference = Self {
            pixel_scale: numbers(tag::PIXEL_SCALE).try_into().ok(),
            tie_points: tie_points.as_chunks().0.to_vec(),
            transformation: numbers(tag::TRANSFORMATION).try_into().ok(),
            keys: keys.unwrap_or_default(),
            doubles: numbers(tag::GEO_DOUBLES),
            text: bytes(tag::GEO_ASCII).unwrap_or_default(),
            gdal: bytes(tag::GDAL_METADATA).map(|xml| without_statistics(&xml)),
        };
        (georeference != Self::default()).then_some(georeference)
    }

    /// The tags of a TIFF file.
    pub(super) fn entries(&self) -> Vec<Entry> {
        let mut entries = Vec::new();
        let doubles =
            |tag, values: &[f64]| (!values.is_empty()).then(|| Entry::doubles(tag, values));
        entries.extend(doubles(tag::PIXEL_SCALE, self.pixel_scale.as_ref().map_or(&[], |s| s)));
        entries.extend(doubles(tag::TIE_POINTS, self.tie_points.as_flattened()));
        let transformation = self.transformation.as_ref().map_or(&[][..], |t| t);
        entries.extend(doubles(tag::TRANSFORMATION, transformation));
        if !self.keys.is_empty() {
            entries.push(Entry::shorts(tag::GEO_KEYS, &self.keys));
        }
        entries.extend(doubles(tag::GEO_DOUBLES, &self.doubles));
        if !self.text.is_empty() {
            entries.push(Entry::bytes(tag::GEO_ASCII, 2, &self.text));
        }
        entries.extend(self.gdal.as_ref().map(|xml| Entry::text(tag::GDAL_METADATA, xml)));
        entries
    }

    /// Makes the place true for a picture with `x` times as many columns and `y` times as many rows.
    pub fn resize(&mut self, x: f64, y: f64) {
        if let Some(scale) = &mut self.pixel_scale {
            scale[0] /= x;
            scale[1] /= y;
        }
        // From the middle of a pixel, the corner is half a pixel away, however large it is.
        let half = if self.pixel_is_point() { 0.5 } else { 0.0 };
        for point in &mut self.tie_points {
            point[0] = (point[0] + half) * x - half;
            point[1] = (point[1] + half) * y - half;
        }
        for row in self.transformation.iter_mut().flat_map(|t| t.as_chunks_mut::<4>().0) {
            row[3] += row[0] * (half / x - half) + row[1] * (half / y - half);
            row[0] /= x;
            row[1] /= y;
        }
    }

    /// Makes the place true for a picture with `columns` more on its left and `rows` more at its top.
    pub fn shift(&mut self, columns: u32, rows: u32) {
        let (columns, rows) = (f64::from(columns), f64::from(rows));
        for point in &mut self.tie_points {
            point[0] += columns;
            point[1] += rows;
        }
        for row in self.transformation.iter_mut().flat_map(|t| t.as_chunks_mut::<4>().0) {
            row[3] -= row[0] * columns + row[1] * rows;
        }
    }

    fn pixel_is_point(&self) -> bool {
        let (entries, _) = self.keys.as_chunks::<4>();
        entries
            .iter()
            .skip(1)
            .any(|&[key, at, _, value]| (key, at, value) == (RASTER_TYPE, 0, PIXEL_IS_POINT))
    }
}

/// GDAL's XML without the items on least, largest and mean values, which change with the pixels.
fn without_statistics(xml: &[u8]) -> String {
    let xml = String::from_utf8_lossy(xml);
    let xml = xml.trim_end_matches('\0');
    let mut out = String::with_capacity(xml.len());
    let mut rest = xml;
    while let Some(start) = rest.find("<Item name=\"STATISTICS_") {
        let Some(end) = rest[start..].find("</Item>") else { break };
        out.push_str(rest[..start].trim_end());
        rest = &rest[start + end + "</Item>".len()..];
    }
    out + rest
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Where the corner of a pixel is on Earth.
    fn corner(g: &Georeference, column: f64, row: f64) -> (f64, f64) {
        let half = if g.pixel_is_point() { 0.5 } else { 0.0 };
        let (column, row) = (column - half, row - half);
        if let Some(t) = g.transformation {
            return (t[0] * column + t[1] * row + t[3], t[4] * column + t[5] * row + t[7]);
        }
        let (scale, point) = (g.pixel_scale.unwrap(), g.tie_points[0]);
        (point[3] + (column - point[0]) * scale[0], point[4] - (row - point[1]) * scale[1])
    }

    #[test]
    fn corners_stay_where_they_are() {
        let by_scale = Georeference {
            pixel_scale: Some([10.0, 20.0, 0.0]),
            tie_points: vec![[3.0, 1.0, 0.0, 500.0, 700.0, 0.0]],
            ..Georeference::default()
        };
        let mut matrix = [0.0; 16];
        matrix[..8].copy_from_slice(&[9.0, 2.0, 0.0, 500.0, -1.0, 8.0, 0.0, 700.0]);
        let by_matrix = Georeference { transformation: Some(matrix), ..Georeference::default() };
        for raster_type in [1, 2] {
            for mut g in [by_scale.clone(), by_matrix.clone()] {
                g.keys = vec![1, 1, 0, 1, RASTER_TYPE, 0, 1, raster_type];
                let near = |a: (f64, f64), b: (f64, f64)| {
                    assert!((a.0 - b.0).abs() < 1e-9 && (a.1 - b.1).abs() < 1e-9, "{a:?} {b:?}");
                };
                let mut larger = g.clone();
                larger.resize(4.0, 2.0);
                near(corner(&larger, 0.0, 0.0), corner(&g, 0.0, 0.0));
                near(corner(&larger, 40.0, 14.0), corner(&g, 10.0, 7.0));
                let mut wider = g.clone();
                wider.shift(5, 6);
                near(corner(&wider, 5.0, 6.0), corner(&g, 0.0, 0.0));
            }
        }
    }

    #[test]
    fn statistics_are_left_out() {
        let xml = b"<GDALMetadata>\n <Item name=\"STATISTICS_MEAN\" sample=\"0\">7</Item>\n \
            <Item name=\"a\">b</Item>\n</GDALMetadata>\0";
        let kept = without_statistics(xml);
        assert_eq!(kept, "<GDALMetadata>\n <Item name=\"a\">b</Item>\n</GDALMetadata>");
    }
}
