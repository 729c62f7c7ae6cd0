//! Files that no one else sees and that vanish with their handle.

use std::{
    fs::File,
    io::{self, Read as _, Seek as _, Write as _},
    path::{Path, PathBuf},
    sync::atomic::{AtomicU64, Ordering},
};

/// Numbers the files of this process, so that two never share a name.
static NEXT: AtomicU64 = AtomicU64::new(0);

/// The ending of files that only exist while something is written; what a crash left is removed by
/// [`sweep`].
pub(crate) const ENDING: &str = "part";

/// A path beside `target` that nothing uses yet.
pub(crate) fn path_beside(target: &Path) -> PathBuf {
    let number = NEXT.fetch_add(1, Ordering::Relaxed);
    let mut name = target.file_name().unwrap_or_default().to_owned();
    name.push(format!(".{}-{number}.{ENDING}", std::process::id()));
    target.with_file_name(name)
}

/// A file for reading and writing whose name is gone already.
pub(crate) fn file(folder: &Path) -> io::Result<File> {
    let path = path_beside(&folder.join("sort"));
    let file = File::options().read(true).write(true).create_new(true).open(&path)?;
    std::fs::remove_file(&path)?;
    Ok(file)
}

/// Removes what an interrupted write left beside `target`. The caller holds the target for itself.
pub(crate) fn sweep(target: &Path) -> io::Result<()> {
    let (Some(folder), Some(name)) = (target.parent(), target.file_name().and_then(|name| name.to_str()))
    else {
        return Ok(());
    };
    let folder = if folder.as_os_str().is_empty() { Path::new(".") } else { folder };
    for entry in std::fs::read_dir(folder)? {
        let entry = entry?;
        let found = entry.file_name();
        let rest = found.to_str().and_then(|found| found.strip_prefix(name));
        if rest.is_some_and(|rest| rest.starts_with('.') && rest.ends_with(&format!(".{ENDING}"))) {
            std::fs::remove_file(entry.path())?;
        }
    }
    Ok(())
}

/// Makes the names in the folder of a file durable.
pub(crate) fn sync_folder(path: &Path) -> io::Result<()> {
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    File::open(folder)?.sync_all()
}

/// Bytes in memory up to a limit, and in a file beyond it.
#[derive(Debug)]
pub(crate) struct Scratch {
    memory: Vec<u8>,
    limit: usize,
    file: Option<File>,
    folder: PathBuf,
    len: u64,
}

impl Scratch {
    pub(crate) fn new(limit: usize, folder: &Path) -> Self {
        Self { memory: Vec::new(), limit, file: None, folder: folder.to_owned(), len: 0 }
    }

    pub(crate) const fn len(&self) -> u64 {
        self.len + self.memory.len() as u64
    }

    /// The buffer to append to; call [`Scratch::settle`] now and then.
    pub(crate) const fn buffer(&mut self) -> &mut Vec<u8> {
        &mut self.memory
    }

    /// Keeps to the limit.
    #[inline]
    pub(crate) fn settle(&mut self) -> io::Result<()> {
        if self.memory.len() < self.limit { Ok(()) } else { self.flush() }
    }

    #[cold]
    fn flush(&mut self) -> io::Result<()> {
        let file = match &mut self.file {
            Some(file) => file,
            none => none.insert(file(&self.folder)?),
        };
        file.write_all(&self.memory)?;
        self.len += self.memory.len() as u64;
        self.memory.clear();
        Ok(())
    }

    /// Gives all bytes in order.
    pub(crate) fn drain(self, mut each: impl FnMut(&[u8]) -> io::Result<()>) -> io::Result<()> {
        if let Some(mut file) = self.file {
            file.rewind()?;
            let mut part = vec![0; 1 << 18];
            loop {
                let read = file.read(&mut part)?;
                if read == 0 {
                    break;
                }
                each(&part[..read])?;
            }
        }
        each(&self.memory)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_went_in_comes_out_whatever_the_limit() {
        let folder = tempfile::tempdir().unwrap();
        for limit in [1, 10, 1000, 100_000] {
            let mut scratch = Scratch::new(limit, folder.path());
            let mut expected = Vec::new();
            for number in 0..2_000_u32 {
                scratch.buffer().extend_from_slice(&number.to_le_bytes());
                expected.extend_from_slice(&number.to_le_bytes());
                scratch.settle().unwrap();
            }
            assert_eq!(scratch.len(), 8_000);
            let mut found = Vec::new();
            scratch
                .drain(|part| {
                    found.extend_from_slice(part);
                    Ok(())
                })
                .unwrap();
            assert_eq!(found, expected);
        }
        assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 0);
    }

    #[test]
    fn only_leftovers_of_the_same_file_are_swept() {
        let folder = tempfile::tempdir().unwrap();
        let target = folder.path().join("a.markov");
        for name in ["a.markov", "a.markov.1-0.part", "b.markov.1-0.part", "a.markov.1.log"] {
            std::fs::write(folder.path().join(name), "x").unwrap();
        }
        sweep(&target).unwrap();
        let mut left: Vec<_> =
            std::fs::read_dir(folder.path()).unwrap().map(|entry| entry.unwrap().file_name()).collect();
        left.sort();
        assert_eq!(left, ["a.markov", "a.markov.1.log", "b.markov.1-0.part"]);
    }
}
