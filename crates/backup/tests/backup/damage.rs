//! Torn and altered files are refused with a word that says where; nothing panics.

use std::path::Path;

use guildhall_backup::{BackupError, Keys, Scope, Target, restore, verify};

use crate::{
    keys::fresh,
    world::{Kind, World, guild_id},
};

async fn refused(path: &Path, keys: &Keys) -> BackupError {
    match verify(path, keys, |_| {}).await {
        Err(error) => error,
        Ok(_) => panic!("a damaged file was taken for a good one"),
    }
}

/// Where the frames of a plain file begin, read from their lengths.
fn frames(file: &[u8]) -> Vec<usize> {
    let mut at = b"guildhall-backup\n".len();
    let mut found = Vec::new();
    while at < file.len() {
        found.push(at);
        let length = u32::from_le_bytes(file[at + 1..at + 5].try_into().unwrap()) as usize;
        at += 41 + length;
    }
    found
}

#[tokio::test]
async fn every_flipped_byte_is_noticed() {
    let world = World::full(Kind::File).await;
    let (_, encrypted) = fresh(world.folder.path());
    for (name, keys) in [("plain", Keys::plain()), ("encrypted", encrypted)] {
        world.back_up(name, Scope::Guild(guild_id(1)), &keys).await;
        let whole = std::fs::read(world.file(name)).unwrap();
        let altered = world.file("altered");
        for at in 0..whole.len() {
            let mut bytes = whole.clone();
            bytes[at] ^= 1 << (at % 8);
            std::fs::write(&altered, bytes).unwrap();
            let error = refused(&altered, &keys).await;
            assert!(
                matches!(
                    error,
                    BackupError::Damaged { .. } | BackupError::NotABackup { .. } | BackupError::Locked { .. }
                ),
                "byte {at} of {name}: {error:?}"
            );
        }
    }
}

#[tokio::test]
async fn a_file_that_ends_too_early_is_refused_by_the_number_of_its_chunk() {
    let world = World::full(Kind::File).await;
    world.settle(77, 20_000).await;
    world.back_up("all", Scope::Whole, &Keys::plain()).await;
    let whole = std::fs::read(world.file("all")).unwrap();
    let starts = frames(&whole);
    assert!(starts.len() > 5, "{starts:?}");
    let torn = world.file("torn");
    for (index, start) in starts.iter().enumerate() {
        for cut in [*start, start + 1, start + 41, start + 60] {
            std::fs::write(&torn, &whole[..cut.min(whole.len() - 1)]).unwrap();
            let BackupError::Damaged { place, .. } = refused(&torn, &Keys::plain()).await else {
                panic!("another refusal")
            };
            let expected = if index == 0 { "the header".to_owned() } else { format!("chunk {index}") };
            assert_eq!(place, expected, "cut at {cut}");
        }
    }
    let mut longer = whole.clone();
    longer.push(0);
    std::fs::write(&torn, longer).unwrap();
    assert!(refused(&torn, &Keys::plain()).await.to_string().contains("something follows"));
    // A chunk that is left out, and two that change places.
    let part = |index: usize| &whole[starts[index]..starts.get(index + 1).copied().unwrap_or(whole.len())];
    let head = &whole[..starts[1]];
    let rest = |from: usize| &whole[starts[from]..];
    for moved in [[head, rest(2)].concat(), [head, part(2), part(1), rest(3)].concat()] {
        std::fs::write(&torn, moved).unwrap();
        let error = refused(&torn, &Keys::plain()).await.to_string();
        assert!(error.contains("chunk 1") && error.contains("checksum"), "{error}");
    }
}

#[tokio::test]
async fn an_encrypted_file_that_ends_too_early_is_refused_wherever_it_ends() {
    let world = World::full(Kind::File).await;
    let (_, keys) = fresh(world.folder.path());
    world.settle(77, 2_000).await;
    world.back_up("all", Scope::Whole, &keys).await;
    let whole = std::fs::read(world.file("all")).unwrap();
    let torn = world.file("torn");
    for cut in (0..whole.len()).step_by(whole.len() / 60 + 1) {
        std::fs::write(&torn, &whole[..cut]).unwrap();
        refused(&torn, &keys).await;
    }
}

#[tokio::test]
async fn a_damaged_file_changes_nothing() {
    let world = World::full(Kind::File).await;
    world.settle(77, 5_000).await;
    world.back_up("all", Scope::Whole, &Keys::plain()).await;
    let mut bytes = std::fs::read(world.file("all")).unwrap();
    let last = bytes.len() - 1;
    bytes[last] ^= 1;
    std::fs::write(world.file("altered"), bytes).unwrap();
    let before = world.sums(Scope::Whole).await;
    for target in [Target::Whole { replace: true }, Target::Guild { from: guild_id(1), to: guild_id(1) }] {
        let (file, keys) = (world.file("altered"), Keys::plain());
        let done = restore(&world.store, &file, &keys, target, &world.clock, &[], &|_| {}).await;
        assert!(matches!(done, Err(BackupError::Damaged { .. })), "{done:?}");
        guildhall_backup::refuse_half_restored(&world.store).await.unwrap();
        assert_eq!(world.sums(Scope::Whole).await, before);
    }
}

#[tokio::test]
async fn another_file_is_no_backup() {
    let world = World::empty(Kind::File).await;
    let path = world.folder.path().join("notes.txt");
    for text in ["", "x", "guildhall-backup", "a text that is longer than the first bytes of a backup are"] {
        std::fs::write(&path, text).unwrap();
        let error = refused(&path, &Keys::plain()).await;
        assert!(matches!(error, BackupError::NotABackup { .. } | BackupError::Damaged { .. }), "{error:?}");
    }
}
