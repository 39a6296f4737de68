//! Files in the making: under temporary names until they are complete, and listed, so that a
//! program that has to end can take them away.

use std::collections::BTreeSet;
use std::fs::{self, File};
use std::io::{self, BufWriter};
use std::path::{Path, PathBuf};

use parking_lot::Mutex;
use tempfile::{NamedTempFile, TempDir};

use super::{Existing, check_name};
use crate::error::{Error, Result};

/// The part of a temporary's name between the final name and the random letters.
const TEMPORARY_MARK: &str = ".polyinr-";
/// Longest part of the final name that a temporary's name keeps, in bytes.
const NAME_KEPT: usize = 200;

/// Every temporary of this process.
static TEMPORARIES: Mutex<BTreeSet<PathBuf>> = Mutex::new(BTreeSet::new());

/// Removes all temporary files and folders of this process, for a program that ends in the midst of
/// its work. Threads that would make or complete a file afterwards wait for ever: the process must
/// end now.
pub fn abandon() {
    let temporaries = TEMPORARIES.lock();
    for path in temporaries.iter() {
        // Nothing is left to do about one that stays.
        let _ = if path.is_dir() { fs::remove_dir_all(path) } else { fs::remove_file(path) };
    }
    std::mem::forget(temporaries);
}

/// A place in the list of temporaries; left when dropped.
#[derive(Debug)]
struct Listed(PathBuf);

impl Listed {
    /// Makes a temporary and lists it, with no moment between.
    fn made<T>(
        make: impl FnOnce() -> io::Result<T>,
        path: fn(&T) -> &Path,
    ) -> io::Result<(T, Self)> {
        let mut temporaries = TEMPORARIES.lock();
        let made = make()?;
        let path = path(&made).to_owned();
        temporaries.insert(path.clone());
        Ok((made, Self(path)))
    }
}

impl Drop for Listed {
    fn drop(&mut self) {
        TEMPORARIES.lock().remove(&self.0);
    }
}

/// A folder that nobody else can look into, whatever the umask, and that goes away with it.
#[derive(Debug)]
pub struct TemporaryFolder {
    folder: TempDir,
    _listed: Listed,
}

impl TemporaryFolder {
    /// A new one where the system keeps temporary files.
    ///
    /// # Errors
    /// [`Error::Io`] when the system refuses.
    pub fn new() -> Result<Self> {
        let mut builder = tempfile::Builder::new();
        builder.prefix("polyinr-");
        #[cfg(unix)]
        builder.permissions(std::os::unix::fs::PermissionsExt::from_mode(0o700));
        let (folder, listed) = Listed::made(|| builder.tempdir(), TempDir::path)
            .map_err(|e| Error::io(std::env::temp_dir(), "make a temporary folder in", e))?;
        Ok(Self { folder, _listed: listed })
    }

    /// Where it is.
    pub fn path(&self) -> &Path {
        self.folder.path()
    }
}

/// A file under a temporary name in the folder of its final one.
pub(crate) struct Temporary {
    file: BufWriter<NamedTempFile>,
    path: PathBuf,
    existing: Existing,
    replaced: Option<Replaced>,
    _listed: Listed,
}

impl Temporary {
    /// A temporary beside `path`, which takes that name in [`complete`](Self::complete).
    pub(crate) fn create(path: &Path, existing: Existing) -> Result<Self> {
        let (path, replaced) = target(path, existing)?;
        let name = path.file_name().and_then(|n| n.to_str()).unwrap_or("file");
        let kept = (0..=NAME_KEPT.min(name.len())).rev().find(|&n| name.is_char_boundary(n));
        let prefix = format!(".{}{TEMPORARY_MARK}", &name[..kept.unwrap_or(0)]);
        let folder = match path.parent() {
            Some(folder) if !folder.as_os_str().is_empty() => folder,
            _ => Path::new("."),
        };
        let mode = replaced.as_ref().map_or(0o666, Replaced::owners_mode);
        let make = || temporary(&prefix, folder, mode);
        let (file, listed) = Listed::made(make, NamedTempFile::path)
            .map_err(|e| Error::io(&path, "create a temporary file beside", e))?;
        let file = BufWriter::with_capacity(1 << 16, file);
        Ok(Self { file, path, existing, replaced, _listed: listed })
    }

    /// Takes the contents.
    pub(crate) fn writer(&mut self) -> &mut BufWriter<NamedTempFile> {
        &mut self.file
    }

    /// Puts the file under its final name.
    pub(crate) fn complete(self) -> Result<()> {
        let Self { file, path, existing, replaced, _listed } = self;
        let wrote = |e| Error::io(&path, "write", e);
        let file = file.into_inner().map_err(|e| wrote(e.into_error()))?;
        if let Some(replaced) = &replaced {
            replaced.pass_on(&path, file.as_file()).map_err(wrote)?;
        }
        // Without this a crash of the machine may leave the final name with nothing behind it.
        file.as_file().sync_data().map_err(wrote)?;
        let persisted = match existing.replaces(&path) {
            true => file.persist(&path),
            false => file.persist_noclobber(&path),
        };
        persisted.map(drop).map_err(|e| Error::io(&path, "put the finished file at", e.error))
    }
}

/// The file that will be written, `path` or what it links to, and what is replaced there.
fn target(path: &Path, existing: Existing) -> Result<(PathBuf, Option<Replaced>)> {
    let Ok(found) = fs::metadata(path) else {
        check_name(path)?;
        return Ok((path.to_owned(), None));
    };
    if existing.keeps(path) {
        let there = io::Error::new(io::ErrorKind::AlreadyExists, "the file exists already");
        return Err(Error::io(path, "write", there));
    }
    if !found.is_file() {
        return Err(Error::encode(path, "not a regular file; it is not replaced"));
    }
    let path = fs::canonicalize(path).map_err(|e| Error::io(path, "resolve", e))?;
    Ok((path, Some(Replaced { found })))
}

fn temporary(prefix: &str, folder: &Path, mode: u32) -> io::Result<NamedTempFile> {
    let mut builder = tempfile::Builder::new();
    builder.prefix(prefix).suffix(".tmp").rand_bytes(6);
    #[cfg(unix)]
    builder.permissions(std::os::unix::fs::PermissionsExt::from_mode(mode));
    #[cfg(not(unix))]
    let _ = mode;
    builder.tempfile_in(folder)
}

/// A file that another takes the place of, and who may do what with it.
struct Replaced {
    found: fs::Metadata,
}

#[cfg(unix)]
impl Replaced {
    /// Name of the attribute that holds a file's access list.
    const ACCESS_LIST: &str = "system.posix_acl_access";

    /// The rights of the owner: nobody else sees what is not complete, nor the owner more than in
    /// the end.
    fn owners_mode(&self) -> u32 {
        use std::os::unix::fs::MetadataExt as _;
        self.found.mode() & 0o700
    }

    /// Gives `file` owner, group, rights, access list and user's attributes of the one at `path`, as
    /// far as this user may.
    fn pass_on(&self, path: &Path, file: &File) -> io::Result<()> {
        use std::os::unix::fs::{MetadataExt as _, PermissionsExt as _};
        let (mode, own) = (self.found.mode() & 0o777, file.metadata()?);
        let group_kept = (own.uid(), own.gid()) == (self.found.uid(), self.found.gid())
            || self.own(file).is_ok();
        let listed = self.pass_on_attributes(path, file, group_kept);
        // Without its group or its list, the group's rights would be another's.
        let mode = match group_kept && listed {
            true => mode,
            false => mode & (0o707 | (mode & 0o007) << 3),
        };
        file.set_permissions(fs::Permissions::from_mode(mode))
    }

    /// Sets owner and group, or the group alone.
    fn own(&self, file: &File) -> io::Result<()> {
        use std::os::unix::fs::{MetadataExt as _, fchown};
        let (user, group) = (Some(self.found.uid()), Some(self.found.gid()));
        fchown(file, user, group).or_else(|_| fchown(file, None, group))
    }

    /// Copies attributes; whether the access list is now the same.
    fn pass_on_attributes(&self, path: &Path, file: &File, with_list: bool) -> bool {
        use xattr::FileExt as _;
        // A folder may give new files a list that the replaced one has not.
        let _ = file.remove_xattr(Self::ACCESS_LIST);
        let mut listed = true;
        for name in xattr::list(path).into_iter().flatten() {
            let is_list = name == Self::ACCESS_LIST;
            if !(is_list && with_list || name.to_string_lossy().starts_with("user.")) {
                continue;
            }
            let copied = xattr::get(path, &name)
                .and_then(|value| value.map_or(Ok(()), |value| file.set_xattr(&name, &value)));
            listed &= copied.is_ok() || !is_list;
        }
        listed
    }
}

#[cfg(not(unix))]
impl Replaced {
    fn owners_mode(&self) -> u32 {
        0o600
    }

    fn pass_on(&self, _: &Path, file: &File) -> io::Result<()> {
        file.set_permissions(self.found.permissions())
    }
}

#[cfg(all(test, unix))]
mod tests {
    use std::os::unix::fs::{MetadataExt as _, PermissionsExt as _};

    use super::super::write;
    use super::*;

    fn mode(path: &Path) -> u32 {
        fs::metadata(path).unwrap().mode() & 0o777
    }

    #[test]
    fn a_replaced_file_keeps_its_rights_and_attributes() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a");
        for wanted in [0o600, 0o640, 0o444, 0o666, 0o200] {
            fs::write(&path, "old").unwrap();
            fs::set_permissions(&path, fs::Permissions::from_mode(wanted)).unwrap();
            let attributed = xattr::set(&path, "user.origin", b"here").is_ok();
            let temporary = Temporary::create(&path, Existing::Replace).unwrap();
            let inner = temporary.file.get_ref().path().to_owned();
            assert_eq!(mode(&inner) & !(wanted & 0o700), 0, "at most the owner's rights");
            temporary.complete().unwrap();
            assert_eq!(mode(&path), wanted);
            if attributed {
                assert_eq!(xattr::get(&path, "user.origin").unwrap().unwrap(), b"here");
            }
            fs::remove_file(&path).unwrap();
        }
    }

    #[test]
    fn an_empty_file_is_as_good_as_none_to_continue() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a");
        write(&path, b"", Existing::Refuse).unwrap();
        assert!(write(&path, b"one", Existing::Refuse).is_err());
        write(&path, b"one", Existing::Continue).unwrap();
        assert!(write(&path, b"two", Existing::Continue).is_err());
        // What appears while it is written stays.
        let other = folder.path().join("b");
        let temporary = Temporary::create(&other, Existing::Continue).unwrap();
        fs::write(&other, "theirs").unwrap();
        let Err(Error::Io { source, .. }) = temporary.complete() else { panic!("replaced") };
        assert_eq!(source.kind(), io::ErrorKind::AlreadyExists);
        assert_eq!(fs::read(&other).unwrap(), b"theirs");
    }

    #[test]
    fn names_that_do_not_fit_are_found_first() {
        let folder = tempfile::tempdir().unwrap();
        let long = "x".repeat(256);
        for path in [folder.path().join(&long), folder.path().join("new").join(&long).join("a")] {
            let Err(Error::Io { source, .. }) = check_name(&path) else { panic!("{path:?}") };
            assert_eq!(source.kind(), io::ErrorKind::InvalidFilename);
            assert!(Temporary::create(&path, Existing::Refuse).is_err());
        }
        assert!(check_name(folder.path().join("new").join(&long[..255])).is_ok());
        assert!(check_name(Path::new("a/b")).is_ok() && check_name(Path::new("a")).is_ok());
    }

    #[test]
    fn temporary_folders_are_private_and_go_away() {
        let folder = TemporaryFolder::new().unwrap();
        let path = folder.path().to_owned();
        assert_eq!(mode(&path), 0o700);
        assert!(TEMPORARIES.lock().contains(&path));
        drop(folder);
        assert!(!path.exists() && !TEMPORARIES.lock().contains(&path));
    }
}
