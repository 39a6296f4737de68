//! The layers of the Inception network of 2015-12-05, as a table.
//!
//! Names are those of torchvision's `inception_v3`, which has the same convolutions. The pooling
//! differs in three blocks: averages leave the padding out everywhere, and the last block pools by
//! maximum (as in the network that FID was defined with).

/// A convolution without bias, its normalisation and ReLU.
#[derive(Clone, Copy, Debug)]
pub struct Conv {
    /// Its name inside its block; empty where the block is this convolution alone.
    pub name: &'static str,
    /// Channels out.
    pub outputs: i64,
    /// Height and width.
    pub kernel: [i64; 2],
    /// Step between output pixels.
    pub stride: i64,
    /// Rows and columns of zeros on each side.
    pub padding: [i64; 2],
}

/// A step of a branch, with what stands for a convolution.
#[derive(Clone, Copy, Debug)]
pub enum Step<C> {
    /// A convolution.
    Conv(C),
    /// Two convolutions of the same input, one after the other in the channels.
    Fork(C, C),
    /// Average over 3x3 pixels, those of the picture only.
    Average,
    /// Maximum over 3x3 pixels around each pixel.
    Maximum,
    /// Maximum over 3x3 pixels at every second pixel, without padding.
    Halve,
}

/// Branches of the same input, one after the other in the channels.
pub struct Block<C> {
    /// Its name in the network.
    pub name: &'static str,
    /// Its branches.
    pub branches: Vec<Vec<Step<C>>>,
}

/// The block whose first branch sFID looks at: `mixed_6/conv` by the original's names.
pub const SPATIAL_BLOCK: &str = "Mixed_6d";

/// All blocks, from the picture to what is averaged into the 2048 features.
pub fn blocks() -> Vec<Block<Conv>> {
    vec![
        single("Conv2d_1a_3x3", plain("", 32, 3, 3).halving()),
        single("Conv2d_2a_3x3", plain("", 32, 3, 3).inside()),
        single("Conv2d_2b_3x3", plain("", 64, 3, 3)),
        Block { name: "maxpool1", branches: vec![vec![Step::Halve]] },
        single("Conv2d_3b_1x1", plain("", 80, 1, 1)),
        single("Conv2d_4a_3x3", plain("", 192, 3, 3).inside()),
        Block { name: "maxpool2", branches: vec![vec![Step::Halve]] },
        block_a("Mixed_5b", 32),
        block_a("Mixed_5c", 64),
        block_a("Mixed_5d", 64),
        block_b("Mixed_6a"),
        block_c("Mixed_6b", 128),
        block_c("Mixed_6c", 160),
        block_c("Mixed_6d", 160),
        block_c("Mixed_6e", 192),
        block_d("Mixed_7a"),
        block_e("Mixed_7b", Step::Average),
        block_e("Mixed_7c", Step::Maximum),
    ]
}

const fn plain(name: &'static str, outputs: i64, height: i64, width: i64) -> Conv {
    let padding = [height / 2, width / 2];
    Conv { name, outputs, kernel: [height, width], stride: 1, padding }
}

const fn conv(name: &'static str, outputs: i64, height: i64, width: i64) -> Step<Conv> {
    Step::Conv(plain(name, outputs, height, width))
}

impl Conv {
    /// Without padding.
    const fn inside(self) -> Self {
        Self { padding: [0, 0], ..self }
    }

    /// At every second pixel, without padding.
    const fn halving(self) -> Self {
        Self { stride: 2, ..self.inside() }
    }
}

fn single(name: &'static str, conv: Conv) -> Block<Conv> {
    Block { name, branches: vec![vec![Step::Conv(conv)]] }
}

/// 35x35 pixels; the last branch has `pool` channels.
fn block_a(name: &'static str, pool: i64) -> Block<Conv> {
    let branches = vec![
        vec![conv("branch1x1", 64, 1, 1)],
        vec![conv("branch5x5_1", 48, 1, 1), conv("branch5x5_2", 64, 5, 5)],
        vec![
            conv("branch3x3dbl_1", 64, 1, 1),
            conv("branch3x3dbl_2", 96, 3, 3),
            conv("branch3x3dbl_3", 96, 3, 3),
        ],
        vec![Step::Average, conv("branch_pool", pool, 1, 1)],
    ];
    Block { name, branches }
}

/// From 35x35 to 17x17 pixels.
fn block_b(name: &'static str) -> Block<Conv> {
    let branches = vec![
        vec![Step::Conv(plain("branch3x3", 384, 3, 3).halving())],
        vec![
            conv("branch3x3dbl_1", 64, 1, 1),
            conv("branch3x3dbl_2", 96, 3, 3),
            Step::Conv(plain("branch3x3dbl_3", 96, 3, 3).halving()),
        ],
        vec![Step::Halve],
    ];
    Block { name, branches }
}

/// 17x17 pixels; `inner` channels between the 7-pixel convolutions.
fn block_c(name: &'static str, inner: i64) -> Block<Conv> {
    let branches = vec![
        vec![conv("branch1x1", 192, 1, 1)],
        vec![
            conv("branch7x7_1", inner, 1, 1),
            conv("branch7x7_2", inner, 1, 7),
            conv("branch7x7_3", 192, 7, 1),
        ],
        vec![
            conv("branch7x7dbl_1", inner, 1, 1),
            conv("branch7x7dbl_2", inner, 7, 1),
            conv("branch7x7dbl_3", inner, 1, 7),
            conv("branch7x7dbl_4", inner, 7, 1),
            conv("branch7x7dbl_5", 192, 1, 7),
        ],
        vec![Step::Average, conv("branch_pool", 192, 1, 1)],
    ];
    Block { name, branches }
}

/// From 17x17 to 8x8 pixels.
fn block_d(name: &'static str) -> Block<Conv> {
    let branches = vec![
        vec![conv("branch3x3_1", 192, 1, 1), Step::Conv(plain("branch3x3_2", 320, 3, 3).halving())],
        vec![
            conv("branch7x7x3_1", 192, 1, 1),
            conv("branch7x7x3_2", 192, 1, 7),
            conv("branch7x7x3_3", 192, 7, 1),
            Step::Conv(plain("branch7x7x3_4", 192, 3, 3).halving()),
        ],
        vec![Step::Halve],
    ];
    Block { name, branches }
}

/// 8x8 pixels, with the pooling of the last branch.
fn block_e(name: &'static str, pool: Step<Conv>) -> Block<Conv> {
    let fork = |a, b| Step::Fork(plain(a, 384, 1, 3), plain(b, 384, 3, 1));
    let branches = vec![
        vec![conv("branch1x1", 320, 1, 1)],
        vec![conv("branch3x3_1", 384, 1, 1), fork("branch3x3_2a", "branch3x3_2b")],
        vec![
            conv("branch3x3dbl_1", 448, 1, 1),
            conv("branch3x3dbl_2", 384, 3, 3),
            fork("branch3x3dbl_3a", "branch3x3dbl_3b"),
        ],
        vec![pool, conv("branch_pool", 192, 1, 1)],
    ];
    Block { name, branches }
}
