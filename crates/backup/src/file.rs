//! Files: written under a temporary name, synced, then renamed; opened with whatever key fits.

use std::{
    fs::{File, OpenOptions},
    io::{self, BufReader, BufWriter, Read, Seek as _, Write},
    path::{Path, PathBuf},
};

use crate::{
    error::BackupError,
    frame::{BadFrame, FrameReader, FrameWriter, Kind, MAGIC},
    keys::Keys,
    manifest::{Header, Trailer},
};

/// What a file that age made begins with.
const AGE: &[u8] = b"age-encryption.org/v1";

/// What an unfinished file ends with.
pub(crate) const UNFINISHED: &str = "part";

/// Fast, and nearly as small as the slower ones on rows.
const COMPRESSION: i32 = 3;

enum Sealed {
    Plain(BufWriter<File>),
    Age(Box<age::stream::StreamWriter<BufWriter<File>>>),
}

impl Write for Sealed {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        match self {
            Self::Plain(out) => out.write(bytes),
            Self::Age(out) => out.write(bytes),
        }
    }

    fn flush(&mut self) -> io::Result<()> {
        match self {
            Self::Plain(out) => out.flush(),
            Self::Age(out) => out.flush(),
        }
    }
}

/// A backup that is being written. Dropped before its end, it leaves nothing behind.
pub(crate) struct Writing {
    frames: Option<FrameWriter<Sealed>>,
    compressor: zstd_safe::CCtx<'static>,
    path: PathBuf,
    unfinished: PathBuf,
}

impl Writing {
    pub(crate) fn start(path: &Path, keys: &Keys, header: &Header) -> Result<Self, BackupError> {
        let encryptor = keys.encryptor()?;
        if let Some(folder) = path.parent().filter(|folder| !folder.as_os_str().is_empty()) {
            std::fs::create_dir_all(folder).map_err(BackupError::file("make the folder", folder))?;
        }
        if path.exists() {
            let taken = io::Error::from(io::ErrorKind::AlreadyExists);
            return Err(BackupError::file("write the new backup", path)(taken));
        }
        let mut unfinished = path.as_os_str().to_owned();
        unfinished.push(".");
        unfinished.push(UNFINISHED);
        let unfinished = PathBuf::from(unfinished);
        let failed = || BackupError::file("write", &unfinished);
        let out = BufWriter::with_capacity(256 * 1024, private(&unfinished).map_err(failed())?);
        let sealed = match encryptor {
            None => Sealed::Plain(out),
            Some(encryptor) => Sealed::Age(Box::new(encryptor.wrap_output(out).map_err(failed())?)),
        };
        let mut frames = FrameWriter::new(sealed).map_err(failed())?;
        let text = json(header);
        frames.write(Kind::Header, &text, text.len()).map_err(failed())?;
        let compressor = zstd_safe::CCtx::create();
        Ok(Self { frames: Some(frames), compressor, path: path.to_owned(), unfinished })
    }

    pub(crate) fn chunk(&mut self, records: &[u8]) -> Result<(), BackupError> {
        let mut packed = vec![0; zstd_safe::compress_bound(records.len())];
        let length = self.compressor.compress(&mut packed[..], records, COMPRESSION).map_err(|code| {
            BackupError::file("write", &self.unfinished)(io::Error::other(zstd_safe::get_error_name(code)))
        })?;
        self.frame(Kind::Chunk, &packed[..length], records.len())
    }

    /// Writes the end, makes everything durable and gives the file its name. Gives its size.
    pub(crate) fn finish(mut self, trailer: &Trailer) -> Result<u64, BackupError> {
        let text = json(trailer);
        self.frame(Kind::Trailer, &text, text.len())?;
        let Some(frames) = self.frames.take() else { return Err(BackupError::Thread) };
        let out = match frames.into_inner() {
            Sealed::Plain(out) => out,
            Sealed::Age(out) => out.finish().map_err(BackupError::file("write", &self.unfinished))?,
        };
        let file = out
            .into_inner()
            .map_err(|error| BackupError::file("write", &self.unfinished)(error.into_error()))?;
        file.sync_all().map_err(BackupError::file("write", &self.unfinished))?;
        let size = file.metadata().map_err(BackupError::file("write", &self.unfinished))?.len();
        std::fs::rename(&self.unfinished, &self.path).map_err(BackupError::file("name", &self.path))?;
        sync_folder(&self.path)?;
        Ok(size)
    }

    fn frame(&mut self, kind: Kind, payload: &[u8], unpacked: usize) -> Result<(), BackupError> {
        let Some(frames) = &mut self.frames else { return Err(BackupError::Thread) };
        frames.write(kind, payload, unpacked).map_err(BackupError::file("write", &self.unfinished))
    }
}

impl Drop for Writing {
    fn drop(&mut self) {
        // After the end the name is gone already.
        if self.unfinished.exists()
            && let Err(error) = std::fs::remove_file(&self.unfinished)
        {
            tracing::warn!(%error, file = %self.unfinished.display(), "an unfinished backup stays behind");
        }
    }
}

/// Makes a rename in the folder of this file durable.
pub(crate) fn sync_folder(path: &Path) -> Result<(), BackupError> {
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    #[cfg(unix)]
    File::open(folder)
        .and_then(|folder| folder.sync_all())
        .map_err(BackupError::file("sync the folder", folder))?;
    Ok(())
}

/// A new file that only this user can read; what an earlier run left there goes.
fn private(path: &Path) -> io::Result<File> {
    let mut options = OpenOptions::new();
    options.write(true).create(true).truncate(true);
    #[cfg(unix)]
    {
        use std::os::unix::fs::OpenOptionsExt as _;
        options.mode(0o600);
    }
    options.open(path)
}

/// The manifests are plain structs; that they become JSON cannot fail.
fn json(value: &impl serde::Serialize) -> Vec<u8> {
    serde_json::to_vec(value).expect("a manifest is always valid JSON")
}

/// The frames of a file, decrypted with whichever key fits.
pub(crate) fn open(path: &Path, keys: &Keys) -> Result<FrameReader<Box<dyn Read + Send>>, BackupError> {
    let failed = || BackupError::file("open the backup", path);
    let mut file = File::open(path).map_err(failed())?;
    let mut start = Vec::new();
    (&mut file).take(AGE.len() as u64).read_to_end(&mut start).map_err(failed())?;
    file.rewind().map_err(failed())?;
    let buffered = BufReader::with_capacity(256 * 1024, file);
    let content: Box<dyn Read + Send> = if start.starts_with(MAGIC) {
        Box::new(buffered)
    } else if start == AGE {
        decrypt(path, buffered, keys)?
    } else {
        return Err(BackupError::NotABackup { path: path.to_owned() });
    };
    match FrameReader::new(content) {
        Ok(Some(frames)) => Ok(frames),
        Ok(None) => Err(BackupError::NotABackup { path: path.to_owned() }),
        Err(bad) => Err(refused(path, "the header", bad)),
    }
}

fn decrypt(path: &Path, from: BufReader<File>, keys: &Keys) -> Result<Box<dyn Read + Send>, BackupError> {
    use age::DecryptError;
    let locked = |reason: &str| BackupError::Locked { path: path.to_owned(), reason: reason.to_owned() };
    let openers = keys.openers();
    if openers.is_empty() {
        return Err(locked("it is encrypted, and no key is set"));
    }
    let opened =
        age::Decryptor::new_buffered(from).and_then(|found| found.decrypt(openers.iter().map(|key| &**key)));
    match opened {
        Ok(content) => Ok(Box::new(content)),
        Err(
            DecryptError::NoMatchingKeys | DecryptError::KeyDecryptionFailed | DecryptError::DecryptionFailed,
        ) => Err(locked("it was made for another key, or its first lines were altered")),
        Err(DecryptError::Io(error)) if error.kind() != io::ErrorKind::UnexpectedEof => {
            Err(refused(path, "its encryption header", error.into()))
        }
        Err(error) => Err(BackupError::Damaged {
            path: path.to_owned(),
            place: "its encryption header".to_owned(),
            reason: error.to_string(),
        }),
    }
}

/// Why a frame was refused, with its place.
pub(crate) fn refused(path: &Path, place: &str, bad: BadFrame) -> BackupError {
    match bad {
        BadFrame::Damaged(reason) => {
            BackupError::Damaged { path: path.to_owned(), place: place.to_owned(), reason }
        }
        BadFrame::Io(source) => BackupError::file("read the backup", path)(source),
    }
}
