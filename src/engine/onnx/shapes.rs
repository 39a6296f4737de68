//! Shapes of what operations give, as far as they can be followed.

/// Lengths of dimensions; `None` for those that a graph learns only when it runs.
pub(super) type Lengths = Vec<Option<usize>>;

/// The shape that an operation without axes gives, of the shapes that it takes.
pub(super) fn of(op: &str, inputs: &[Option<&Lengths>]) -> Option<Lengths> {
    let first = inputs.first().copied().flatten();
    match op {
        "Add" | "Sub" | "Mul" | "Div" | "Max" | "Min" => Some(broadcast(first?, inputs[1]?)),
        "Range" => Some(vec![None]),
        "MatMul" => product(first?, inputs[1]?),
        "Transpose" => Some(first?.iter().rev().copied().collect()),
        "Identity" | "LeakyRelu" | "Clip" | "Cast" | "Sqrt" | "Sin" | "Cos" | "Floor" | "Ceil" => {
            first.cloned()
        }
        _ => None,
    }
}

/// Of two values element by element, the shorter repeated along leading axes, and along axes of
/// length 1.
fn broadcast(a: &Lengths, b: &Lengths) -> Lengths {
    let rank = a.len().max(b.len());
    let along = |lengths: &Lengths, axis: usize| match (axis + lengths.len()).checked_sub(rank) {
        Some(own) => lengths[own],
        None => Some(1),
    };
    let both = |axis| match (along(a, axis), along(b, axis)) {
        (Some(1), other) | (other, Some(1)) => other,
        (a, b) => a.or(b),
    };
    (0..rank).map(both).collect()
}

fn product(a: &Lengths, b: &Lengths) -> Option<Lengths> {
    let (rows, inner) = (a.split_last()?.1, b.len().checked_sub(2));
    let mut lengths = rows.to_vec();
    if inner.is_some() {
        lengths.push(*b.last()?);
    }
    Some(lengths)
}

/// The place of an axis, which may be counted from the last.
fn place(axis: i64, rank: usize) -> usize {
    usize::try_from(axis).unwrap_or_else(|_| rank.saturating_sub(axis.unsigned_abs() as usize))
}

/// Of values side by side along `axis`.
pub(super) fn joined(parts: &[&Lengths], axis: i64) -> Option<Lengths> {
    let mut lengths = parts.first()?.to_vec();
    let axis = place(axis, lengths.len());
    *lengths.get_mut(axis)? = parts.iter().map(|part| part.get(axis).copied().flatten()).sum();
    Some(lengths)
}

/// With an axis of length 1 put in.
pub(super) fn widened(lengths: &Lengths, axis: i64) -> Lengths {
    let mut wider = lengths.clone();
    wider.insert(place(axis, lengths.len() + 1).min(lengths.len()), Some(1));
    wider
}

/// In a shape in which 0 keeps a length.
pub(super) fn reshaped(lengths: Option<&Lengths>, shape: &[i64]) -> Lengths {
    let kept = |axis| lengths.and_then(|l: &Lengths| l.get(axis).copied().flatten());
    let length = |(axis, wanted): (usize, &i64)| match wanted {
        0 => kept(axis),
        _ => usize::try_from(*wanted).ok(),
    };
    shape.iter().enumerate().map(length).collect()
}

/// With the entries along an axis that indices name.
pub(super) fn gathered(lengths: &Lengths, indices: &Lengths, axis: i64) -> Option<Lengths> {
    let axis = place(axis, lengths.len());
    let (before, after) = (lengths.get(..axis)?, lengths.get(axis + 1..)?);
    Some([before, indices, after].concat())
}

/// Summed along an axis.
pub(super) fn summed(lengths: &Lengths, axis: i64, kept: bool) -> Option<Lengths> {
    let axis = place(axis, lengths.len());
    let (before, after) = (lengths.get(..axis)?, lengths.get(axis + 1..)?);
    let own: &[Option<usize>] = if kept { &[Some(1)] } else { &[] };
    Some([before, own, after].concat())
}

/// The axes along which a value of shape `own` is repeated to fit `whole`: how many leading ones, and
/// which others.
pub(super) fn repeated(own: &Lengths, whole: &Lengths) -> (usize, Vec<usize>) {
    let leading = whole.len().saturating_sub(own.len());
    let once = |axis: &usize| own[axis - leading] == Some(1) && whole[*axis] != Some(1);
    (leading, (leading..whole.len()).filter(once).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shapes_follow_operations() {
        let (pixels, row, column) = (vec![None, Some(4)], vec![Some(4)], vec![Some(3), Some(1)]);
        let of = |op: &str, a: &Lengths, b: &Lengths| of(op, &[Some(a), Some(b)]).unwrap();
        assert_eq!(of("Add", &pixels, &row), pixels);
        assert_eq!(of("Mul", &row, &column), [Some(3), Some(4)]);
        assert_eq!(of("MatMul", &pixels, &vec![Some(4), Some(7)]), [None, Some(7)]);
        assert_eq!(of("MatMul", &pixels, &row), [None]);
        assert_eq!(joined(&[&pixels, &pixels], -1).unwrap(), [None, Some(8)]);
        assert_eq!(joined(&[&pixels, &pixels], 0).unwrap(), pixels);
        assert_eq!(reshaped(Some(&pixels), &[-1, 2, 2]), [None, Some(2), Some(2)]);
        assert_eq!(gathered(&pixels, &vec![None, Some(2)], 0).unwrap(), [None, Some(2), Some(4)]);
        assert_eq!(summed(&pixels, 1, true).unwrap(), [None, Some(1)]);
        assert_eq!(widened(&pixels, 0), [Some(1), None, Some(4)]);
        assert_eq!(repeated(&row, &pixels), (1, vec![]));
        assert_eq!(repeated(&column, &vec![None, Some(3), Some(4)]), (1, vec![2]));
    }
}
