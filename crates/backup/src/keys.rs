//! Keys. Backups are encrypted with age, so that the `age` program opens them too. The key itself is never
//! in the backup: it lies in a file that the configuration names.

use std::{
    fmt,
    fs::OpenOptions,
    io::Write as _,
    path::{Path, PathBuf},
};

use age::{scrypt, x25519};
use guildhall_core::secret::{ExposeSecret as _, SecretString};

use crate::error::BackupError;

/// Where keys are named.
#[derive(Clone, Debug, Default)]
pub struct KeyOptions {
    /// Public keys, `age1…`: whoever has the key of one of them can read the backups.
    pub recipients: Vec<String>,
    /// A file with secret keys, `AGE-SECRET-KEY-1…`, to read backups with.
    pub identity_file: Option<PathBuf>,
    /// A file with a passphrase, instead of recipients.
    pub passphrase_file: Option<PathBuf>,
    /// Whether a backup may be written without encryption.
    pub allow_plain: bool,
}

/// Keys, read and checked.
#[derive(Clone)]
pub struct Keys {
    pub(crate) recipients: Vec<x25519::Recipient>,
    pub(crate) identities: Vec<x25519::Identity>,
    pub(crate) passphrase: Option<SecretString>,
    pub(crate) allow_plain: bool,
    /// How much work a guess at the passphrase is, as a power of two; `None` for a second's worth here.
    pub(crate) work: Option<u8>,
}

impl fmt::Debug for Keys {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Keys")
            .field("recipients", &self.recipients.len())
            .field("identities", &self.identities.len())
            .field("passphrase", &self.passphrase.is_some())
            .field("allow_plain", &self.allow_plain)
            .finish_non_exhaustive()
    }
}

impl Keys {
    /// Reads the key files.
    pub fn load(options: &KeyOptions) -> Result<Self, BackupError> {
        let recipients =
            options.recipients.iter().map(|text| recipient(text)).collect::<Result<Vec<_>, _>>()?;
        let identities = options.identity_file.as_deref().map(identities).transpose()?.unwrap_or_default();
        let passphrase = options.passphrase_file.as_deref().map(passphrase).transpose()?;
        if passphrase.is_some() && !recipients.is_empty() {
            return Err(BackupError::Key {
                what: "`backup.passphrase_file`".to_owned(),
                reason: "`backup.recipients` is set too; age encrypts to one or the other".to_owned(),
            });
        }
        Ok(Self { recipients, identities, passphrase, allow_plain: options.allow_plain, work: None })
    }

    /// No encryption at all, and no key to read with.
    pub fn plain() -> Self {
        Self {
            recipients: Vec::new(),
            identities: Vec::new(),
            passphrase: None,
            allow_plain: true,
            work: None,
        }
    }

    /// How much work a guess at the passphrase is, as a power of two: for tests, which have no second to lose.
    pub fn with_work(mut self, work: u8) -> Self {
        self.work = Some(work);
        self
    }

    /// Whether backups are encrypted. An error where they are not and nobody allowed that.
    pub fn encrypts(&self) -> Result<bool, BackupError> {
        let encrypts =
            !self.recipients.is_empty() || !self.identities.is_empty() || self.passphrase.is_some();
        if encrypts || self.allow_plain { Ok(encrypts) } else { Err(BackupError::NoKey) }
    }

    /// Whether backups that are written now can be read back: with public keys alone they cannot.
    pub fn reads(&self) -> bool {
        self.recipients.is_empty() || !self.identities.is_empty()
    }

    /// What a new backup is encrypted to: the recipients; without any, whoever can read it here.
    pub(crate) fn encryptor(&self) -> Result<Option<age::Encryptor>, BackupError> {
        if !self.encrypts()? {
            return Ok(None);
        }
        let mut to: Vec<Box<dyn age::Recipient>> = Vec::new();
        to.extend(self.recipients.iter().map(|one| Box::new(one.clone()) as Box<dyn age::Recipient>));
        if let Some(passphrase) = &self.passphrase {
            let mut recipient = scrypt::Recipient::new(passphrase.clone());
            if let Some(work) = self.work {
                recipient.set_work_factor(work);
            }
            to.push(Box::new(recipient));
        }
        if to.is_empty() {
            to.extend(self.identities.iter().map(|one| Box::new(one.to_public()) as Box<dyn age::Recipient>));
        }
        let made = age::Encryptor::with_recipients(to.iter().map(|one| &**one));
        made.map(Some).map_err(|error| BackupError::Key {
            what: "the keys of the backup".to_owned(),
            reason: error.to_string(),
        })
    }

    /// What a backup is opened with.
    pub(crate) fn openers(&self) -> Vec<Box<dyn age::Identity>> {
        let mut all: Vec<Box<dyn age::Identity>> = Vec::new();
        all.extend(self.identities.iter().map(|one| Box::new(one.clone()) as Box<dyn age::Identity>));
        all.extend(
            self.passphrase
                .iter()
                .map(|phrase| Box::new(scrypt::Identity::new(phrase.clone())) as Box<dyn age::Identity>),
        );
        all
    }
}

/// Makes a new key, writes it to a file that only this user can read, and gives its public half.
pub fn keygen(path: &Path) -> Result<String, BackupError> {
    let identity = x25519::Identity::generate();
    let public = identity.to_public().to_string();
    let text = format!(
        "# The key of Guildhall's backups. Whoever has it can read them; without it nobody can.\n\
         # Keep a copy in another place than the backups.\n\
         # public key: {public}\n{}\n",
        identity.to_string().expose_secret()
    );
    let mut options = OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    {
        use std::os::unix::fs::OpenOptionsExt as _;
        options.mode(0o600);
    }
    let mut file = options.open(path).map_err(BackupError::file("make the key file", path))?;
    file.write_all(text.as_bytes())
        .and_then(|()| file.sync_all())
        .map_err(BackupError::file("write the key file", path))?;
    Ok(public)
}

fn recipient(text: &str) -> Result<x25519::Recipient, BackupError> {
    text.trim().parse().map_err(|reason: &str| BackupError::Key {
        what: format!("the recipient `{text}`"),
        reason: format!("it is no public key of age ({reason})"),
    })
}

fn identities(path: &Path) -> Result<Vec<x25519::Identity>, BackupError> {
    let text = secret(path)?;
    let lines = text.expose_secret().lines().map(str::trim);
    let keys = lines.filter(|line| !line.is_empty() && !line.starts_with('#'));
    let refused = |reason: &str| BackupError::Key {
        what: format!("the key file `{}`", path.display()),
        reason: reason.to_owned(),
    };
    let keys = keys
        .map(|line| line.parse().map_err(|_: &str| refused("a line of it is no secret key of age")))
        .collect::<Result<Vec<_>, _>>()?;
    if keys.is_empty() { Err(refused("it holds no key")) } else { Ok(keys) }
}

fn passphrase(path: &Path) -> Result<SecretString, BackupError> {
    let text = secret(path)?;
    let phrase = text.expose_secret().trim();
    if phrase.is_empty() {
        return Err(BackupError::Key {
            what: format!("the passphrase file `{}`", path.display()),
            reason: "it is empty".to_owned(),
        });
    }
    Ok(SecretString::from(phrase.to_owned()))
}

fn secret(path: &Path) -> Result<SecretString, BackupError> {
    std::fs::read_to_string(path)
        .map(SecretString::from)
        .map_err(BackupError::file("read the key file", path))
}
