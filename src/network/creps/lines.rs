//! Which lines some positions need: rows of the same y and columns of the same x share theirs.

/// The distinct coordinates of some positions.
#[derive(Clone, Debug)]
pub(crate) struct LinePairs {
    /// y of every row that has lines.
    pub(crate) rows: Vec<f32>,
    /// x of every column that has.
    pub(crate) columns: Vec<f32>,
    /// Row and column of each position.
    pub(crate) pairs: Vec<[u32; 2]>,
}

impl LinePairs {
    /// Of positions, x and y.
    pub(crate) fn new(positions: &[[f32; 2]]) -> Self {
        let axis = |axis: usize| {
            let mut values: Vec<f32> = positions.iter().map(|p| p[axis]).collect();
            values.sort_unstable_by(f32::total_cmp);
            values.dedup_by_key(|v| v.to_bits());
            values
        };
        let (columns, rows) = (axis(0), axis(1));
        let find = |values: &[f32], v: f32| {
            values.binary_search_by(|other| other.total_cmp(&v)).unwrap_or_default() as u32
        };
        let pairs = positions.iter().map(|[x, y]| [find(&rows, *y), find(&columns, *x)]).collect();
        Self { rows, columns, pairs }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn equal_coordinates_share_lines() {
        let lines = LinePairs::new(&[[0.5, 0.25], [0.0, 0.25], [0.5, 0.75]]);
        assert_eq!((lines.rows, lines.columns), (vec![0.25, 0.75], vec![0.0, 0.5]));
        assert_eq!(lines.pairs, [[0, 1], [0, 0], [1, 1]]);
    }
}
