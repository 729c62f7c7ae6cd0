//! Who can read a backup.

use std::path::{Path, PathBuf};

use guildhall_backup::{BackupError, KeyOptions, Keys, Scope, keygen, verify};

use crate::world::{Kind, World};

/// A new key file, and the keys that it makes.
pub(crate) fn fresh(folder: &Path) -> (PathBuf, Keys) {
    let number = std::fs::read_dir(folder).unwrap().count();
    let path = folder.join(format!("key-{number}"));
    keygen(&path).unwrap();
    let keys =
        Keys::load(&KeyOptions { identity_file: Some(path.clone()), ..KeyOptions::default() }).unwrap();
    (path, keys)
}

#[tokio::test]
async fn only_its_own_key_opens_a_backup() {
    let world = World::full(Kind::File).await;
    let (file, keys) = fresh(world.folder.path());
    let (_, other) = fresh(world.folder.path());
    world.back_up("all", Scope::Whole, &keys).await;
    let bytes = std::fs::read(world.file("all")).unwrap();
    assert!(bytes.starts_with(b"age-encryption.org/v1"));
    let secret = std::fs::read_to_string(&file).unwrap();
    let secret = secret.lines().last().unwrap();
    assert!(
        !bytes.windows(secret.len()).any(|part| part == secret.as_bytes()),
        "the key is not in the backup"
    );
    verify(&world.file("all"), &keys, |_| {}).await.unwrap();
    for wrong in [other, Keys::plain()] {
        let refused = verify(&world.file("all"), &wrong, |_| {}).await;
        assert!(matches!(refused, Err(BackupError::Locked { .. })), "{refused:?}");
    }
}

#[tokio::test]
async fn a_recipient_is_enough_to_write_and_a_passphrase_does_for_both() {
    let world = World::full(Kind::File).await;
    let path = world.folder.path().join("key");
    let public = keygen(&path).unwrap();
    let writer = Keys::load(&KeyOptions { recipients: vec![public], ..KeyOptions::default() }).unwrap();
    world.back_up("to", Scope::Whole, &writer).await;
    assert!(verify(&world.file("to"), &writer, |_| {}).await.is_err(), "who only writes cannot read");
    let reader = Keys::load(&KeyOptions { identity_file: Some(path), ..KeyOptions::default() }).unwrap();
    verify(&world.file("to"), &reader, |_| {}).await.unwrap();

    let phrase = world.folder.path().join("phrase");
    std::fs::write(&phrase, "correct horse battery staple\n").unwrap();
    let options = KeyOptions { passphrase_file: Some(phrase.clone()), ..KeyOptions::default() };
    let keys = Keys::load(&options).unwrap().with_work(8);
    world.back_up("phrase", Scope::Whole, &keys).await;
    verify(&world.file("phrase"), &keys, |_| {}).await.unwrap();
    std::fs::write(&phrase, "another one").unwrap();
    let other = Keys::load(&options).unwrap();
    let refused = verify(&world.file("phrase"), &other, |_| {}).await;
    assert!(matches!(refused, Err(BackupError::Locked { .. })), "{refused:?}");
}

#[tokio::test]
async fn without_a_key_nothing_is_written_unless_allowed() {
    let world = World::full(Kind::File).await;
    let keys = Keys::load(&KeyOptions::default()).unwrap();
    let made = guildhall_backup::create(
        &world.store,
        Scope::Whole,
        &world.file("all"),
        &keys,
        &world.clock,
        &|_| {},
    )
    .await;
    assert!(matches!(made, Err(BackupError::NoKey)), "{made:?}");
    assert!(!world.file("all").exists());
}

#[cfg(unix)]
#[test]
fn a_new_key_is_for_its_owner_only_and_never_overwrites_one() {
    use std::os::unix::fs::PermissionsExt as _;
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("key");
    let public = keygen(&path).unwrap();
    assert!(public.starts_with("age1"));
    assert_eq!(std::fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
    let before = std::fs::read(&path).unwrap();
    assert!(keygen(&path).is_err());
    assert_eq!(std::fs::read(&path).unwrap(), before);
}

#[test]
fn what_is_no_key_is_refused_without_showing_it() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("key");
    std::fs::write(&path, "AGE-SECRET-KEY-1NONSENSE\n").unwrap();
    let error = Keys::load(&KeyOptions { identity_file: Some(path), ..KeyOptions::default() }).unwrap_err();
    assert!(!error.to_string().contains("NONSENSE"), "{error}");
    assert!(
        Keys::load(&KeyOptions { recipients: vec!["age1x".to_owned()], ..KeyOptions::default() }).is_err()
    );
}
