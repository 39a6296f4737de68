//! Random draws that depend on the run's seed and the step only.
//!
//! libtorch's generator has no state that could be saved here, so it is set anew at every step from
//! (seed, step, stream): a resumed run draws what an uninterrupted one would have drawn.

/// What a step draws for; every one has its own numbers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Stream {
    /// Weights before training.
    Initial = 1,
    /// Latents, classes and augmentation of a discriminator's step.
    Discriminator = 2,
    /// Augmentation of a generator's step; latents and classes too where they are not those of the
    /// discriminator's.
    Generator = 3,
    /// Latents of sample grids and metrics.
    Evaluation = 4,
    /// Which pictures a batch holds, and which are flipped.
    Data = 5,
    /// What is done to a crop before a network is shown it.
    Degradation = 6,
}

/// The number that (seed, step, stream) stand for: SplitMix64's finaliser over their mixture.
pub fn key(seed: u64, step: u64, stream: Stream) -> u64 {
    let mut state = seed;
    for part in [step, stream as u64] {
        state = mix(state.wrapping_add(0x9e37_79b9_7f4a_7c15) ^ mix(part));
    }
    state
}

fn mix(mut z: u64) -> u64 {
    z = z.wrapping_add(0x9e37_79b9_7f4a_7c15);
    z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    z ^ (z >> 31)
}

/// Sets libtorch's generators, those of GPUs too, for the draws of a step.
pub fn reseed(seed: u64, step: u64, stream: Stream) {
    tch::manual_seed(key(seed, step, stream).cast_signed());
}

#[cfg(test)]
mod tests {
    use super::*;
    use tch::{Device, Kind, Tensor};

    #[test]
    fn draws_repeat_and_differ_between_steps_and_streams() {
        let draw = |seed, step, stream| {
            reseed(seed, step, stream);
            Vec::<f32>::try_from(Tensor::randn([4], (Kind::Float, Device::Cpu))).unwrap()
        };
        let first = draw(7, 3, Stream::Generator);
        assert_eq!(first, draw(7, 3, Stream::Generator));
        for other in [(8, 3, Stream::Generator), (7, 4, Stream::Generator), (7, 3, Stream::Data)] {
            assert_ne!(first, draw(other.0, other.1, other.2));
        }
    }
}
