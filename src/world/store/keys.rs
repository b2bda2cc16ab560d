//! The keys that seal secrets: configured ones, or one made for each state outside the account's directory.

use std::collections::HashMap;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};

use base64::Engine;
use base64::engine::general_purpose::{STANDARD, STANDARD_NO_PAD};
use chacha20poly1305::aead::{Aead, Generate, KeyInit, Payload};
use chacha20poly1305::{XChaCha20Poly1305, XNonce};
use etcetera::BaseStrategy;
use sha2::{Digest, Sha256};

use super::files;
use crate::engine::state::{Place, Sealer, StoreError};

/// Sealed text begins with the name of its form.
const FORM: &str = "x1";

/// Seals with XChaCha20-Poly1305 under 32-byte keys.
pub struct Keys {
    /// The first one seals, all open.
    configured: Vec<Key>,
    /// Where keys are made when none is configured.
    directory: Option<PathBuf>,
    /// Keys of that directory by lineage.
    made: Mutex<HashMap<String, Key>>,
}

#[derive(Clone)]
struct Key {
    /// Names the key without telling it.
    id: String,
    cipher: XChaCha20Poly1305,
}

impl Keys {
    /// For state on this machine: the configured keys (the value of `PROV_STATE_KEY`), or else a key made for each
    /// state under the user's data directory, readable by nobody else. Fails when a configured key is none.
    pub fn of_user(configured: Option<&str>) -> Result<Self, StoreError> {
        let directory = etcetera::choose_base_strategy().ok().map(|user| user.data_dir().join("prov/keys"));
        Self::new(configured, directory)
    }

    /// For state that others share: the configured keys only. Without one, secrets can't be sealed.
    pub fn shared(configured: Option<&str>) -> Result<Self, StoreError> {
        Self::new(configured, None)
    }

    /// The configured keys, separated by commas: the first seals, all open, so that keys can be changed. Each is 32
    /// bytes in Base64 or hexadecimal. Without any, keys are made in `directory`.
    pub fn new(configured: Option<&str>, directory: Option<PathBuf>) -> Result<Self, StoreError> {
        let texts = configured.unwrap_or_default().split(',').map(str::trim).filter(|text| !text.is_empty());
        let keys = texts.map(|text| {
            Key::parse(text).ok_or_else(|| {
                StoreError::Unusable(
                    "PROV_STATE_KEY holds no key: it must be 32 random bytes in Base64 or hexadecimal, such as \
                     `openssl rand -base64 32` prints"
                        .into(),
                )
            })
        });
        Ok(Self { configured: keys.collect::<Result<_, _>>()?, directory, made: Mutex::default() })
    }

    /// The key of a state in the user's directory, if it is there or `make` is set.
    fn made(&self, lineage: &str, make: bool) -> Result<Option<Key>, StoreError> {
        let Some(directory) = &self.directory else { return Ok(None) };
        let mut made = self.made.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(key) = made.get(lineage) {
            return Ok(Some(key.clone()));
        }
        // The lineage comes from a file and becomes a file name.
        if lineage.is_empty() || !lineage.chars().all(|c| c.is_ascii_alphanumeric() || c == '-') {
            return Err(StoreError::Unusable(format!("the state is damaged: {lineage:?} is no lineage")));
        }
        let path = directory.join(lineage);
        let failed = |what: &str, error: std::io::Error| {
            StoreError::Unusable(format!(
                "the key of this state can't be {what} at {}: {error}",
                path.display()
            ))
        };
        let text = match std::fs::read_to_string(&path) {
            Ok(text) => text,
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => {
                if !make {
                    return Ok(None);
                }
                make_key(directory, &path).map_err(|error| failed("made", error))?
            }
            Err(error) => return Err(failed("read", error)),
        };
        let key = Key::parse(text.trim())
            .ok_or_else(|| StoreError::Unusable(format!("the file {} holds no key", path.display())))?;
        made.insert(lineage.into(), key.clone());
        Ok(Some(key))
    }

    fn missing(&self, lineage: &str, id: &str) -> StoreError {
        let advice = match &self.directory {
            Some(directory) => format!(
                "set PROV_STATE_KEY to it, or copy {} from where the state was made",
                directory.join(lineage).display()
            ),
            None => "add it to PROV_STATE_KEY".into(),
        };
        StoreError::Unusable(format!(
            "secrets in this state are sealed with key {id}, which is not here; {advice}"
        ))
    }
}

impl Sealer for Keys {
    fn seal(&self, place: &Place<'_>, plain: &[u8]) -> Result<String, StoreError> {
        let key = match self.configured.first() {
            Some(key) => key.clone(),
            None => self.made(place.lineage, true)?.ok_or_else(|| {
                StoreError::Unusable(
                    "this state keeps secrets and others share it, so it needs a key: set PROV_STATE_KEY to 32 \
                     random bytes in Base64, such as `openssl rand -base64 32` prints"
                        .into(),
                )
            })?,
        };
        let nonce = XNonce::try_generate()
            .map_err(|error| StoreError::Io(format!("the system gives no random numbers: {error}")))?;
        let sealed = key
            .cipher
            .encrypt(&nonce, Payload { msg: plain, aad: &place.bytes() })
            .map_err(|_| StoreError::Unusable(format!("{} is too large to be sealed", place.owner)))?;
        let bytes = [nonce.as_slice(), &sealed].concat();
        Ok(format!("{FORM}.{}.{}", key.id, STANDARD_NO_PAD.encode(bytes)))
    }

    fn open(&self, place: &Place<'_>, sealed: &str) -> Result<Vec<u8>, StoreError> {
        let altered = |why: &str| {
            StoreError::Unusable(format!(
                "the secret {} of {} can't be opened: {why}",
                place.path, place.owner
            ))
        };
        let mut parts = sealed.splitn(3, '.');
        let (Some(FORM), Some(id), Some(text)) = (parts.next(), parts.next(), parts.next()) else {
            return Err(altered("it was sealed by a newer version or altered"));
        };
        let known = match self.configured.iter().find(|key| key.id == id) {
            Some(key) => Some(key.clone()),
            None => self.made(place.lineage, false)?.filter(|key| key.id == id),
        };
        let key = known.ok_or_else(|| self.missing(place.lineage, id))?;
        let bytes = STANDARD_NO_PAD.decode(text).map_err(|_| altered("it was altered"))?;
        let (nonce, sealed) = bytes.split_at_checked(24).ok_or_else(|| altered("it was altered"))?;
        let nonce = XNonce::try_from(nonce).map_err(|_| altered("it was altered"))?;
        key.cipher
            .decrypt(&nonce, Payload { msg: sealed, aad: &place.bytes() })
            .map_err(|_| altered("it was altered or belongs to another place"))
    }
}

impl Key {
    fn parse(text: &str) -> Option<Self> {
        let bytes = STANDARD
            .decode(text)
            .or_else(|_| STANDARD_NO_PAD.decode(text))
            .ok()
            .filter(|bytes| bytes.len() == 32)
            .or_else(|| hex::decode(text).ok())?;
        let cipher = XChaCha20Poly1305::new_from_slice(&bytes).ok()?;
        let digest = Sha256::new().chain_update(b"prov state key\0").chain_update(&bytes).finalize();
        Some(Self { id: hex::encode(&digest[..6]), cipher })
    }
}

/// Makes a key file, whole or not at all; answers what the file holds, which another process may have written first.
fn make_key(directory: &Path, path: &Path) -> std::io::Result<String> {
    files::private_directories(directory)?;
    let bytes = <[u8; 32]>::try_generate().map_err(std::io::Error::other)?;
    let text = STANDARD.encode(bytes) + "\n";
    let draft = directory.join(format!(".{}", uuid::Uuid::new_v4()));
    let mut file = files::private_file(&draft)?;
    let linked = file
        .write_all(text.as_bytes())
        .and_then(|()| file.sync_all())
        // Unlike a rename, a link never replaces a key that is in use.
        .and_then(|()| std::fs::hard_link(&draft, path));
    std::fs::remove_file(&draft)?;
    match linked {
        Ok(()) => files::sync_directory(directory).map(|()| text),
        Err(error) if error.kind() == std::io::ErrorKind::AlreadyExists => std::fs::read_to_string(path),
        Err(error) => Err(error),
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use crate::engine::state::Path as Way;

    const PLACE: Place<'static> = Place { lineage: "l-1", owner: "a.b", path: &Way::Field(&Way::Root, "p") };

    fn refusal<T: std::fmt::Debug>(result: Result<T, StoreError>) -> String {
        match result.unwrap_err() {
            StoreError::Unusable(why) => why,
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn a_key_is_made_once_and_for_its_owner_only() {
        let directory = tempfile::tempdir().unwrap();
        let home = directory.path().join("share/prov/keys");
        let keys = || Keys::new(None, Some(home.clone())).unwrap();
        let sealed = keys().seal(&PLACE, b"hunter2").unwrap();
        assert_ne!(sealed, keys().seal(&PLACE, b"hunter2").unwrap());
        assert_eq!(keys().open(&PLACE, &sealed).unwrap(), b"hunter2");
        #[cfg(unix)]
        {
            use std::os::unix::fs::PermissionsExt;
            let mode = |path: &Path| std::fs::metadata(path).unwrap().permissions().mode() & 0o777;
            assert_eq!((mode(&home), mode(&home.join("l-1"))), (0o700, 0o600));
        }
        assert_eq!(std::fs::read_dir(&home).unwrap().count(), 1, "no drafts stay behind");

        let other = Place { owner: "a.c", ..PLACE };
        assert!(refusal(keys().open(&other, &sealed)).contains("another place"));
        std::fs::remove_file(home.join("l-1")).unwrap();
        let why = refusal(keys().open(&PLACE, &sealed));
        assert!(why.contains("PROV_STATE_KEY") && why.contains("l-1"), "{why}");
        assert!(!home.join("l-1").exists(), "opening makes no key");
        refusal(keys().seal(&Place { lineage: "../x", ..PLACE }, b""));
    }

    #[test]
    fn racing_processes_agree_on_one_key() {
        let directory = tempfile::tempdir().unwrap();
        let sealed: Vec<String> = std::thread::scope(|scope| {
            let seal = || Keys::new(None, Some(directory.path().into())).unwrap().seal(&PLACE, b"x").unwrap();
            let racing: Vec<_> = (0..8).map(|_| scope.spawn(seal)).collect();
            racing.into_iter().map(|thread| thread.join().unwrap()).collect()
        });
        let keys = Keys::new(None, Some(directory.path().into())).unwrap();
        assert!(sealed.iter().all(|text| keys.open(&PLACE, text).unwrap() == b"x"));
    }

    #[test]
    fn configured_keys_can_be_changed_and_are_never_guessed() {
        let (old, new) = ("00".repeat(32), STANDARD.encode([7; 32]));
        let sealed = Keys::shared(Some(&old)).unwrap().seal(&PLACE, b"x").unwrap();
        let both = Keys::shared(Some(&format!("{new}, {old}"))).unwrap();
        assert_eq!(both.open(&PLACE, &sealed).unwrap(), b"x");
        assert!(both.seal(&PLACE, b"x").unwrap() > String::new());
        assert!(refusal(Keys::shared(Some(&new)).unwrap().open(&PLACE, &sealed)).contains("not here"));
        assert!(refusal(Keys::shared(None).unwrap().seal(&PLACE, b"x")).contains("PROV_STATE_KEY"));
        for text in ["secret", "00", "\u{fffd}"] {
            refusal(Keys::shared(Some(text)).map(|_| ()));
        }
        let altered = sealed.replacen('A', "B", 1);
        let keys = Keys::shared(Some(&old)).unwrap();
        for text in
            ["", "x1", "x1.a", "x2.a.b", "x1.a.b", &altered, &sealed[..20], &sealed[..sealed.len() - 4]]
        {
            if text != sealed {
                assert!(keys.open(&PLACE, text).is_err(), "{text}");
            }
        }
    }
}
