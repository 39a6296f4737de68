//! The numbers of tensors as slices, for kernels of this project.

use tch::{Device, Kind, Tensor};

/// The numbers of a float32 tensor in the processor's memory, in the order of its indices.
///
/// # Panics
/// When it is none, or its numbers do not lie one after the other.
pub fn floats(tensor: &Tensor) -> &[f32] {
    check(tensor);
    // SAFETY: `check` has seen that `numel` float32 numbers lie there one after the other, in memory that the
    // tensor keeps as long as it is borrowed. libtorch changes it only when it is told to, in this thread, through
    // other handles of the same storage; callers of this module hold none that they write through meanwhile.
    unsafe { std::slice::from_raw_parts(tensor.data_ptr().cast(), tensor.numel()) }
}

/// The same, to be changed. Other handles of the storage see the change.
///
/// # Panics
/// As [`floats`].
pub fn floats_mut(tensor: &mut Tensor) -> &mut [f32] {
    check(tensor);
    // SAFETY: as in `floats`; the tensor is borrowed mutably, and callers use no other handle of the storage while
    // they have the slice.
    unsafe { std::slice::from_raw_parts_mut(tensor.data_ptr().cast(), tensor.numel()) }
}

fn check(tensor: &Tensor) {
    assert_eq!((tensor.kind(), tensor.device()), (Kind::Float, Device::Cpu));
    assert!(tensor.is_contiguous() && tensor.numel() > 0, "{:?}", tensor.size());
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_seen_and_changed_in_place() {
        let mut tensor = Tensor::from_slice2(&[[1.0f32, 2.0], [3.0, 4.0]]);
        assert_eq!(floats(&tensor), [1.0, 2.0, 3.0, 4.0]);
        floats_mut(&mut tensor.get(1))[0] = 7.0;
        floats_mut(&mut tensor)[0] = 5.0;
        assert_eq!(floats(&tensor), [5.0, 2.0, 7.0, 4.0]);
    }

    #[test]
    #[should_panic(expected = "[2, 2]")]
    fn what_is_strided_is_no_slice() {
        floats(&Tensor::from_slice2(&[[1.0f32, 2.0], [3.0, 4.0]]).tr());
    }
}
