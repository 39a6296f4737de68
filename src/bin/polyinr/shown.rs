//! What is shown in a picture: a generator's field, or a picture's.

use std::sync::Arc;

use polyinr::model::{ModelId, Upscaler};
use polyinr::ops::{
    Extent, Refine, SuperResolveOptions, render_memory, render_picture, super_resolve_memory,
};
use polyinr::{
    Channels, Control, Depth, Engine, Error, Field, GeneratedField, Grid, PictureFile, Result,
    RowSink, View,
};

/// A field and what it needs to be looked at.
#[derive(Clone, Debug)]
pub enum Shown {
    /// A generator's.
    Generated(GeneratedField),
    /// A picture's, and its upscaler.
    Picture(PictureFile, Arc<Upscaler>),
}

impl Shown {
    /// Width and height in pixels it is meant to be seen at.
    pub fn size(&self) -> [u32; 2] {
        match self {
            Self::Generated(field) => field.size(),
            Self::Picture(file, _) => [file.raster().width(), file.raster().height()],
        }
    }

    /// The grid that suits it.
    pub fn grid(&self) -> Grid {
        match self {
            Self::Generated(field) if field.frame().is_none() => Grid::Centres,
            _ => Grid::Edges,
        }
    }

    /// Width and height of the picture that a generator's field shows, if it was made from one.
    pub fn frame(&self) -> Option<[u32; 2]> {
        match self {
            Self::Generated(field) => field.frame(),
            Self::Picture(..) => None,
        }
    }

    /// The model it belongs to.
    pub fn model(&self) -> ModelId {
        match self {
            Self::Generated(field) => field.model().clone(),
            Self::Picture(_, upscaler) => upscaler.id(),
        }
    }

    /// Channels that it has.
    pub fn channels(&self) -> Channels {
        match self {
            Self::Generated(_) => Channels::Rgb,
            Self::Picture(file, _) => file.raster().channels(),
        }
    }

    /// Depth of the files that show it, where they can have it and no other is asked for.
    pub fn depth(&self) -> Depth {
        match self {
            Self::Generated(_) => Depth::U8,
            Self::Picture(file, _) => file.raster().samples().depth(),
        }
    }

    /// Colour profile of the files that show it.
    pub fn profile(&self) -> Option<Vec<u8>> {
        match self {
            Self::Generated(_) => None,
            Self::Picture(file, _) => file.profile().map(<[u8]>::to_vec),
        }
    }

    /// The sample that stands for no data, on the scale where 1 is full for integers.
    pub fn nodata(&self) -> Option<f32> {
        match self {
            Self::Generated(_) => None,
            Self::Picture(file, _) => file.nodata(),
        }
    }

    /// How what `view` shows is refined, if it is.
    pub fn refined(&self, view: &View) -> Option<Refine> {
        match self {
            Self::Generated(_) => None,
            Self::Picture(file, _) => options(file, view).refine,
        }
    }

    /// Why what `view` shows is not refined, though the field is to be.
    pub fn unrefined(&self, view: &View) -> Option<Error> {
        match self {
            Self::Generated(_) => None,
            Self::Picture(file, _) => file.refine()?.check_view(size(file), view).err(),
        }
    }

    /// Most bytes of memory while what `view` shows is rendered, the picture not counted.
    pub fn memory(&self, engine: &dyn Engine, view: &View) -> u64 {
        match self {
            Self::Generated(_) => render_memory(engine, view.width()),
            Self::Picture(file, upscaler) => {
                let (from, to) = (Extent::of(file.raster()), (view.width(), view.height()));
                super_resolve_memory(engine, upscaler, from, to, &options(file, view))
            }
        }
    }

    /// Hands the rows of what `view` shows to `sink`, in these channels.
    pub fn render(
        &self,
        engine: &dyn Engine,
        view: &View,
        control: &Control<'_>,
        sink: &mut dyn RowSink,
    ) -> Result<()> {
        match self {
            Self::Generated(field) => {
                engine.render(&Field::Generated(field.clone()), view, control, sink)
            }
            Self::Picture(file, upscaler) => {
                render_picture(engine, upscaler, file, view, control, sink)
            }
        }
    }
}

fn size(file: &PictureFile) -> (u32, u32) {
    (file.raster().width(), file.raster().height())
}

fn options(file: &PictureFile, view: &View) -> SuperResolveOptions {
    SuperResolveOptions::of(file).for_view(size(file), view)
}
