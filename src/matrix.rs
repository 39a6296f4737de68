//! Large matrix products, on the calling thread.

use gemm_common::Parallelism;

/// A matrix in memory: its values, and how many of them lie between neighbours down a column and
/// along a row.
#[derive(Clone, Copy)]
pub(crate) struct Matrix<'a> {
    values: &'a [f32],
    down: usize,
    along: usize,
}

impl<'a> Matrix<'a> {
    /// A matrix whose columns of `rows` values lie one after another.
    pub fn by_columns(values: &'a [f32], rows: usize) -> Self {
        Self { values, down: 1, along: rows }
    }

    /// A matrix whose rows of `columns` values lie one after another.
    pub fn by_rows(values: &'a [f32], columns: usize) -> Self {
        Self { values, down: columns, along: 1 }
    }

    /// Whether so many rows and columns are in memory.
    fn holds(&self, rows: usize, columns: usize) -> bool {
        let last =
            |rows: usize, columns: usize| (rows - 1) * self.down + (columns - 1) * self.along;
        rows > 0 && columns > 0 && last(rows, columns) < self.values.len()
    }
}

/// `out [rows, columns] = lhs [rows, depth] rhs [depth, columns]`, or with `add` that much more than it
/// is; the columns of `out` lie one after another.
pub(crate) fn multiply(
    [rows, depth, columns]: [usize; 3],
    lhs: Matrix<'_>,
    rhs: Matrix<'_>,
    add: bool,
    out: &mut [f32],
) {
    assert!(lhs.holds(rows, depth) && rhs.holds(depth, columns) && out.len() >= rows * columns);
    // SAFETY: all three matrices lie within their slices, as asserted, and `out` is borrowed alone.
    unsafe {
        gemm_f32::gemm::f32::get_gemm_fn()(
            rows,
            columns,
            depth,
            out.as_mut_ptr(),
            rows as isize,
            1,
            add,
            lhs.values.as_ptr(),
            lhs.along as isize,
            lhs.down as isize,
            rhs.values.as_ptr(),
            rhs.along as isize,
            rhs.down as isize,
            if add { 1.0 } else { 0.0 },
            1.0,
            false,
            false,
            false,
            Parallelism::None,
        );
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn products_are_those_of_the_definition() {
        let [rows, depth, columns] = [5, 7, 3];
        let values = |n: usize, step: usize| -> Vec<f32> {
            (0..n).map(|i| (i * step % 11) as f32 - 5.0).collect()
        };
        let (a, b) = (values(rows * depth, 3), values(depth * columns, 7));
        let at = |m: &Matrix<'_>, row, column| m.values[row * m.down + column * m.along];
        for lhs in [Matrix::by_columns(&a, rows), Matrix::by_rows(&a, depth)] {
            for rhs in [Matrix::by_columns(&b, depth), Matrix::by_rows(&b, columns)] {
                for add in [false, true] {
                    let mut out = vec![2.0; rows * columns];
                    multiply([rows, depth, columns], lhs, rhs, add, &mut out);
                    for (i, value) in out.iter().enumerate() {
                        let (row, column) = (i % rows, i / rows);
                        let terms = (0..depth).map(|k| at(&lhs, row, k) * at(&rhs, k, column));
                        let before = if add { 2.0 } else { 0.0 };
                        assert_eq!(*value, before + terms.sum::<f32>());
                    }
                }
            }
        }
    }

    #[test]
    #[should_panic = "holds"]
    fn matrices_end_where_their_memory_does() {
        let values = [0.0; 6];
        let short = Matrix::by_columns(&values[..5], 2);
        multiply([2, 3, 1], short, Matrix::by_columns(&values, 3), false, &mut [0.0; 2]);
    }
}
