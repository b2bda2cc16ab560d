//! A thread of its own for a state file: commands come in over a channel, replies go out to whoever waits.

use std::sync::mpsc::{Receiver, Sender, channel};

use tokio::sync::oneshot;

use super::database::{Commit, Database, Locked};
use crate::base::Text;
use crate::engine::state::{LockInfo, LockRequest, RunRecord, State, StoreError};

type Reply<T> = oneshot::Sender<Result<T, StoreError>>;

/// What is asked of the thread.
pub(super) enum Command {
    Read(Reply<State>),
    History(Reply<Vec<RunRecord>>),
    Holder(Reply<Option<LockInfo>>),
    Lock(LockRequest, Reply<Locked>),
    Commit(Commit, Reply<u64>),
    /// Nobody may be left to hear of it.
    Unlock(Text, Option<Reply<()>>),
    ForceUnlock(String, Reply<()>),
}

/// Commits that share one sync, at most; bounds how long the first of them waits.
const GROUP: usize = 4096;

/// Decoding walks values that may be nested deep.
const STACK: usize = 8 << 20;

/// Starts the thread. It ends when the last sender is gone.
pub(super) fn start(database: Database) -> Result<Sender<Command>, StoreError> {
    let (sender, receiver) = channel();
    let thread = std::thread::Builder::new().name("state".into()).stack_size(STACK);
    match thread.spawn(move || run(database, &receiver)) {
        Ok(_) => Ok(sender),
        Err(error) => Err(StoreError::Io(format!("no thread for the state: {error}"))),
    }
}

fn run(mut database: Database, commands: &Receiver<Command>) {
    while let Ok(command) = commands.recv() {
        let mut next = Some(command);
        while let Some(command) = next.take() {
            match command {
                Command::Commit(commit, reply) => {
                    let (mut group, mut replies) = (vec![commit], vec![reply]);
                    while group.len() < GROUP {
                        match commands.try_recv() {
                            Ok(Command::Commit(commit, reply)) => {
                                group.push(commit);
                                replies.push(reply);
                            }
                            Ok(other) => {
                                next = Some(other);
                                break;
                            }
                            Err(_) => break,
                        }
                    }
                    for (reply, outcome) in replies.into_iter().zip(database.commit(&group)) {
                        answer(reply, outcome);
                    }
                }
                Command::Read(reply) => answer(reply, database.read()),
                Command::History(reply) => answer(reply, database.history()),
                Command::Holder(reply) => answer(reply, database.holder()),
                Command::Lock(request, reply) => {
                    // Whoever gave up waiting must not be left holding it.
                    if let Err(Ok(locked)) = reply.send(database.lock(&request)) {
                        let _ = database.unlock(&locked.info.id);
                    }
                }
                Command::Unlock(id, reply) => {
                    let outcome = database.unlock(&id);
                    if let Some(reply) = reply {
                        answer(reply, outcome);
                    }
                }
                Command::ForceUnlock(id, reply) => answer(reply, database.force_unlock(&id)),
            }
        }
    }
}

fn answer<T>(reply: Reply<T>, outcome: Result<T, StoreError>) {
    // Nobody waits any more; what was done is done.
    let _ = reply.send(outcome);
}
