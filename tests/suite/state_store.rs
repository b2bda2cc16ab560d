//! State stores keep their contract, whatever happens to the process.

use std::path::PathBuf;
use std::process::{Command, Stdio};
use std::sync::Arc;
use std::time::{Duration, Instant};

use prov::base::address::InstanceAddress;
use prov::engine::state::{StateSession, StateStore, StoreError};
use prov::world::store::{Keys, MemoryStore, SqliteStore};

use crate::support::state_contract::{Place, contract, instance, put, request};

impl Place for MemoryStore {
    fn open(&self) -> Box<dyn StateStore> {
        Box::new(self.clone())
    }
}

struct Disk(tempfile::TempDir);

impl Disk {
    fn new() -> Self {
        Self(tempfile::tempdir().unwrap())
    }

    fn database(&self) -> PathBuf {
        self.0.path().join("account/.prov/state.db")
    }
}

impl Place for Disk {
    fn open(&self) -> Box<dyn StateStore> {
        Box::new(sqlite(self.0.path()))
    }
}

fn sqlite(root: &std::path::Path) -> SqliteStore {
    let keys = Keys::new(None, Some(root.join("keys"))).unwrap();
    SqliteStore::open(root.join("account/.prov/state.db"), Arc::new(keys))
}

contract!(memory, prov::world::store::MemoryStore::new());
contract!(sqlite_file, super::Disk::new());

/// Commits pairs until it is killed, and notes which were acknowledged. Started by the test below.
#[test]
#[ignore = "the child of another test"]
fn commits_until_killed() {
    let Some(root) = std::env::var_os("PROV_TEST_STATE").map(PathBuf::from) else { return };
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap();
    runtime.block_on(async {
        let session: Arc<dyn StateSession> = Arc::from(sqlite(&root).lock(request("apply")).await.unwrap());
        let workers: Vec<_> = (0..8)
            .map(|worker| {
                let (session, notes) = (session.clone(), root.join(format!("acknowledged-{worker}")));
                tokio::spawn(async move {
                    let mut notes = std::fs::File::create(notes).unwrap();
                    for at in 0.. {
                        let pair =
                            vec![put(&format!("a.w{worker}[{at}]")), put(&format!("b.w{worker}[{at}]"))];
                        session.commit(pair).await.unwrap();
                        std::io::Write::write_all(&mut notes, format!("w{worker}[{at}]\n").as_bytes())
                            .unwrap();
                    }
                })
            })
            .collect();
        futures::future::join_all(workers).await;
    });
}

#[tokio::test]
async fn what_was_acknowledged_survives_a_kill() {
    let disk = Disk::new();
    let root = disk.0.path().to_owned();
    let mut acknowledged = Vec::new();
    for round in 0..3 {
        let mut child = Command::new(std::env::current_exe().unwrap())
            .args(["--exact", "state_store::commits_until_killed", "--ignored"])
            .env("PROV_TEST_STATE", &root)
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let begin = Instant::now();
        let noted = || -> Vec<String> {
            let notes =
                (0..8).filter_map(|w| std::fs::read_to_string(root.join(format!("acknowledged-{w}"))).ok());
            notes.flat_map(|text| text.lines().map(Into::into).collect::<Vec<_>>()).collect()
        };
        while noted().len() < 100 + round * 77 {
            assert!(begin.elapsed() < Duration::from_secs(60), "the child commits nothing");
            assert!(child.try_wait().unwrap().is_none(), "the child ended by itself");
            std::thread::sleep(Duration::from_millis(1));
        }
        let store = disk.open();
        assert_eq!(store.holder().await.unwrap().map(|holder| holder.pid), Some(child.id()));
        assert!(matches!(store.lock(request("plan")).await, Err(StoreError::Locked(_))));
        child.kill().unwrap();
        child.wait().unwrap();

        acknowledged.extend(noted());
        for worker in 0..8 {
            let _ = std::fs::remove_file(root.join(format!("acknowledged-{worker}")));
        }
        assert_eq!(store.holder().await.unwrap(), None, "the dead hold nothing");
        let state = store.read().await.unwrap();
        let has = |kind: &str, name: &str| {
            state.instances.contains_key(&format!("{kind}.{name}").parse::<InstanceAddress>().unwrap())
        };
        assert!(
            acknowledged.iter().all(|name| has("a", name) && has("b", name)),
            "an acknowledged commit is lost"
        );
        let names = state.instances.keys().map(|address| address.to_string().split_off(2));
        assert!(names.into_iter().all(|name| has("a", &name) && has("b", &name)), "half a commit is there");
        let session = store.lock(request("apply")).await.unwrap();
        session.commit(vec![put(&format!("a.round{round}")), put(&format!("b.round{round}"))]).await.unwrap();
        session.unlock().await.unwrap();
    }
    let litter = std::fs::read_dir(disk.database().parent().unwrap()).unwrap();
    let litter: Vec<_> = litter.map(|entry| entry.unwrap().file_name()).collect();
    assert!(!litter.iter().any(|name| name.to_string_lossy().starts_with("lock-")), "{litter:?}");
}

#[tokio::test]
async fn reading_makes_nothing() {
    let disk = Disk::new();
    let store = disk.open();
    store.read().await.unwrap();
    store.history().await.unwrap();
    store.holder().await.unwrap();
    assert_eq!(std::fs::read_dir(disk.0.path()).unwrap().count(), 0);
    store.lock(request("plan")).await.unwrap().unlock().await.unwrap();
    let directory = disk.database().parent().unwrap().to_owned();
    assert_eq!(std::fs::read_to_string(directory.join(".gitignore")).unwrap(), "*\n");
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        let mode = |path: PathBuf| std::fs::metadata(path).unwrap().permissions().mode() & 0o777;
        assert_eq!((mode(directory), mode(disk.database())), (0o700, 0o600));
    }
}

#[tokio::test]
async fn no_secret_reaches_the_disk_and_no_state_opens_without_its_key() {
    use prov::base::value::Value;
    let disk = Disk::new();
    let secret =
        Value::map([("password", Value::from("correct horse battery").mark(true)), ("user", "root".into())]);
    let session = disk.open().lock(request("apply")).await.unwrap();
    let change = prov::engine::state::StateChange::Put(Box::new(instance("a.b", secret)));
    session.commit(vec![change]).await.unwrap();
    for entry in std::fs::read_dir(disk.database().parent().unwrap()).unwrap() {
        let bytes = std::fs::read(entry.unwrap().path()).unwrap();
        assert!(!bytes.windows(13).any(|window| window == b"correct horse"));
    }
    session.unlock().await.unwrap();
    std::fs::remove_dir_all(disk.0.path().join("keys")).unwrap();
    let Err(StoreError::Unusable(why)) = disk.open().read().await else { panic!("opened without a key") };
    assert!(why.contains("PROV_STATE_KEY"), "{why}");
    assert!(matches!(disk.open().lock(request("apply")).await, Err(StoreError::Unusable(_))));
    assert_eq!(disk.open().holder().await.unwrap(), None, "who can't read it does not lock it");
}

async fn refusal(disk: &Disk) -> String {
    let before = std::fs::read(disk.database()).unwrap();
    let read = disk.open().read().await.unwrap_err();
    let lock = disk.open().lock(request("apply")).await.err().unwrap();
    assert_eq!(read, lock);
    assert_eq!(std::fs::read(disk.database()).unwrap(), before, "what is not understood is left alone");
    let StoreError::Unusable(why) = read else { panic!("{read:?}") };
    assert!(why.contains("state.db"), "{why}");
    why
}

#[tokio::test]
async fn between_runs_the_file_alone_is_the_state() {
    let disk = Disk::new();
    let session = disk.open().lock(request("apply")).await.unwrap();
    session.commit(vec![put("a.b")]).await.unwrap();
    session.unlock().await.unwrap();
    let copy = Disk::new();
    std::fs::create_dir_all(copy.database().parent().unwrap()).unwrap();
    std::fs::copy(disk.database(), copy.database()).unwrap();
    assert_eq!(copy.open().read().await.unwrap(), disk.open().read().await.unwrap());
    assert_eq!(copy.open().read().await.unwrap().instances.len(), 1);
}

#[tokio::test]
async fn damaged_foreign_and_newer_files_are_refused_and_left_alone() {
    let disk = Disk::new();
    std::fs::create_dir_all(disk.database().parent().unwrap()).unwrap();
    std::fs::write(disk.database(), "this is no database, but long enough to be looked at".repeat(40))
        .unwrap();
    assert!(refusal(&disk).await.contains("damaged"));

    std::fs::remove_file(disk.database()).unwrap();
    let foreign = rusqlite::Connection::open(disk.database()).unwrap();
    foreign.execute_batch("CREATE TABLE recipes (name TEXT)").unwrap();
    assert!(refusal(&disk).await.contains("no state"));
    drop(foreign);

    // An empty file is what a crash leaves behind before anything was written.
    std::fs::write(disk.database(), "").unwrap();
    assert_eq!(disk.open().read().await.unwrap(), Default::default());
    let session = disk.open().lock(request("apply")).await.unwrap();
    session.commit(vec![put("a.b")]).await.unwrap();
    session.unlock().await.unwrap();

    let direct = rusqlite::Connection::open(disk.database()).unwrap();
    direct.execute_batch("UPDATE instances SET record = replace(record, '\"a.b\"', '7')").unwrap();
    direct.execute_batch("PRAGMA wal_checkpoint(TRUNCATE)").unwrap();
    assert!(refusal(&disk).await.contains("damaged"));
    direct.execute_batch("PRAGMA user_version = 999; PRAGMA wal_checkpoint(TRUNCATE)").unwrap();
    assert!(refusal(&disk).await.contains("newer version"));
}

/// Read-only media and directories of others. Says nothing when run by root, for whom nothing is read-only.
#[cfg(unix)]
#[tokio::test]
async fn what_may_only_be_read_is_read() {
    use std::os::unix::fs::PermissionsExt;
    let disk = Disk::new();
    let session = disk.open().lock(request("apply")).await.unwrap();
    session.commit(vec![put("a.b")]).await.unwrap();
    session.unlock().await.unwrap();
    let directory = disk.database().parent().unwrap().to_owned();
    // The thread closes the file on its own time, and takes the files beside it away.
    let begin = Instant::now();
    while directory.join("state.db-wal").exists() && begin.elapsed() < Duration::from_secs(10) {
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    let allow = |mode: u32, path: &std::path::Path| {
        std::fs::set_permissions(path, PermissionsExt::from_mode(mode)).unwrap();
    };
    allow(0o400, &disk.database());
    allow(0o500, &directory);
    if std::fs::File::create(directory.join("probe")).is_err() {
        assert_eq!(disk.open().read().await.unwrap().instances.len(), 1);
        assert_eq!(disk.open().holder().await.unwrap(), None);
        let Err(StoreError::Io(why)) = disk.open().lock(request("apply")).await else { panic!("locked") };
        assert!(why.contains("state.db"), "{why}");
    }
    allow(0o700, &directory);
}

#[tokio::test]
async fn a_place_that_can_not_be_written_is_named() {
    let disk = Disk::new();
    std::fs::write(disk.0.path().join("account"), "a file where a directory should be").unwrap();
    for error in
        [disk.open().lock(request("apply")).await.err().unwrap(), disk.open().read().await.unwrap_err()]
    {
        let StoreError::Io(why) = error else { panic!("{error:?}") };
        assert!(why.contains("account/.prov/state.db"), "{why}");
    }
}

#[tokio::test]
async fn a_file_that_is_swapped_under_a_run_is_noticed() {
    let disk = Disk::new();
    let session = disk.open().lock(request("apply")).await.unwrap();
    session.commit(vec![put("a.b")]).await.unwrap();
    std::fs::remove_dir_all(disk.database().parent().unwrap()).unwrap();
    let error = session.commit(vec![put("a.c")]).await.unwrap_err();
    assert!(matches!(&error, StoreError::Unusable(why) if why.contains("removed")), "{error:?}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn racing_first_runs_make_one_state() {
    let disk = Disk::new();
    let runs = (0..8).map(|_| {
        let store = disk.open();
        tokio::spawn(async move {
            let begin = Instant::now();
            loop {
                match store.lock(request("apply")).await {
                    Ok(session) => {
                        let serial = session.commit(vec![put("a.b")]).await.unwrap();
                        session.unlock().await.unwrap();
                        return serial;
                    }
                    Err(StoreError::Locked(_)) if begin.elapsed() < Duration::from_secs(60) => {
                        tokio::time::sleep(Duration::from_millis(5)).await;
                    }
                    Err(error) => panic!("{error}"),
                }
            }
        })
    });
    let mut serials: Vec<_> = futures::future::join_all(runs).await.into_iter().map(Result::unwrap).collect();
    serials.sort_unstable();
    assert_eq!(serials, [1, 2, 3, 4, 5, 6, 7, 8]);
}
