//! Precision and recall by nearest neighbours.

use tch::{Kind, Tensor};

use crate::error::{Error, Result};

/// Which neighbour's distance is a vector's radius.
pub const NEIGHBOUR: i64 = 3;
/// Rows of a distance matrix that are computed at once.
const ROWS: i64 = 2048;

/// The share of `probes [m, d]` that lie within the distance of a vector of `set [n, d]` to its
/// `neighbour`-th nearest other vector of the set (Kynkäänniemi et al., 2019): precision where the
/// set is real, recall where the probes are.
///
/// Distances are float32 of vectors from whose entries the set's mean was taken; the matrix of
/// distances exists a few rows at a time.
///
/// # Errors
/// [`Error::Parameter`] when the set has no such neighbour or there are no probes.
pub fn coverage(probes: &Tensor, set: &Tensor, neighbour: i64) -> Result<f64> {
    if set.size()[0] <= neighbour || probes.size()[0] == 0 {
        let problem = format!("precision and recall take more than {neighbour} on both sides");
        return Err(Error::parameter("--images", problem));
    }
    let mean = set.mean_dim(0, true, Kind::Float);
    let (probes, set) = (probes - &mean, set - &mean);
    let radii = radii(&set, neighbour);
    let inside = |rows: Tensor| {
        let distances = squared_distances(&rows, &set);
        distances.le_tensor(&radii.unsqueeze(0)).any_dim(1, false).sum(Kind::Int64)
    };
    let count: i64 = probes.split(ROWS, 0).into_iter().map(|r| inside(r).int64_value(&[])).sum();
    Ok(count as f64 / probes.size()[0] as f64)
}

/// Squared distance `[n]` of each vector of `set [n, d]` to its `neighbour`-th nearest other.
fn radii(set: &Tensor, neighbour: i64) -> Tensor {
    let radii = |rows: Tensor| squared_distances(&rows, set).kthvalue(neighbour + 1, 1, false).0;
    Tensor::cat(&set.split(ROWS, 0).into_iter().map(radii).collect::<Vec<_>>(), 0)
}

/// `[a, b]` from `[a, d]` and `[b, d]`.
fn squared_distances(a: &Tensor, b: &Tensor) -> Tensor {
    let norms = |t: &Tensor| t.square().sum_dim_intlist(1, true, Kind::Float);
    (norms(a) + norms(b).tr() - a.matmul(&b.tr()) * 2.0).clamp_min(0.0)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::metrics::golden;

    #[test]
    fn shares_are_those_of_scipys_distances() {
        let golden = golden::metrics();
        let (real, generated) = (&golden["neighbours.real"], &golden["neighbours.generated"]);
        let expected = Vec::<f64>::try_from(&golden["neighbours.precision_recall"]).unwrap();
        let precision = coverage(generated, real, NEIGHBOUR).unwrap();
        let recall = coverage(real, generated, NEIGHBOUR).unwrap();
        assert_eq!([precision, recall], expected[..]);
        assert_eq!(coverage(real, real, NEIGHBOUR).unwrap(), 1.0);
    }

    #[test]
    fn too_few_images_are_refused() {
        let golden = golden::metrics();
        let few = golden["neighbours.real"].narrow(0, 0, 3);
        let error = coverage(&golden["neighbours.generated"], &few, NEIGHBOUR);
        assert!(error.unwrap_err().to_string().contains("more than 3"));
    }
}
