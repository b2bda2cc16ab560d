//! `prov console` at a real terminal: a pseudo-terminal that Python's standard library provides. Without Python the test
//! says so and is passed over.

#![allow(clippy::print_stderr)] // what was skipped

use std::process::Command;

use crate::cli::{Project, err, out};

/// Types at the prompt of the program it is called with, and checks what the screen shows.
const TYPIST: &str = r#"
import os, pty, re, select, signal, sys, time

def start():
    pid, terminal = pty.fork()
    if pid == 0:
        os.execv(sys.argv[1], sys.argv[1:])
    return pid, terminal

def read_until(terminal, wanted, what):
    seen, end = "", time.time() + 60
    while time.time() < end:
        if select.select([terminal], [], [], 0.2)[0]:
            try:
                more = os.read(terminal, 65536)
            except OSError:
                more = b""
            if not more:
                break
            seen += more.decode("utf-8", "replace")
        plain = re.sub(r"\x1b\[[0-9;?]*[A-Za-z]", "", seen)
        if re.search(wanted, plain, re.S):
            return plain
    sys.exit(f"{what}: {wanted!r} is not in {seen!r}")

def type(terminal, keys, wanted, what):
    os.write(terminal, keys.encode())
    return read_until(terminal, wanted, what)

def end(pid, terminal):
    os.write(terminal, b"\x04")
    deadline = time.time() + 30
    while time.time() < deadline:
        if select.select([terminal], [], [], 0.1)[0]:
            try:
                os.read(terminal, 65536)
            except OSError:
                pass
        done, status = os.waitpid(pid, os.WNOHANG)
        if done:
            return os.waitstatus_to_exitcode(status)
    os.kill(pid, signal.SIGKILL)
    sys.exit("Ctrl-D does not end it")

pid, terminal = start()
read_until(terminal, r"Ctrl-D ends.*> ", "the prompt")
type(terminal, "1 + 2\r", r"3 : int\s+> ", "a value and its type")
type(terminal, ":type local.zones\r", r"list\(string\)|tuple\(\[string, string\]\).*> ", "a type alone")
type(terminal, "[1,\r2,\r3]\r", r"\[1, 2, 3\] : .*> ", "several lines")
type(terminal, "local.zo\t", r"local\.zones", "Tab completes")
type(terminal, "[0]\r", r"\"a\" : string\s+> ", "what was completed")
type(terminal, "never typed to the end\x03", r"\n\r?> \s*$", "Ctrl-C gives up the line")
type(terminal, "40 + 2\r", r"42 : int\s+> ", "after Ctrl-C")
type(terminal, "upper(1)\r", r"type-mismatch.*<console>:1:7.*> ", "a mistake is drawn with its place")
type(terminal, "\x1b[A", r"upper\(1\)", "the arrow brings the last line back")
type(terminal, "\x03", r"\n\r?> \s*$", "Ctrl-C gives it up")
status = end(pid, terminal)
if status != 0:
    sys.exit(f"Ctrl-D ends with {status}")

pid, terminal = start()
read_until(terminal, r"> ", "the prompt again")
type(terminal, "\x1b[A\x1b[A", r"40 \+ 2", "history outlasts the program")
type(terminal, "\r", r"42 : int\s+> ", "a line from the history")
type(terminal, "sum([for a in range(100) : sum([for b in range(100) : a * b])])\r", r"24502500 : .*> ", "a longer one")
if end(pid, terminal) != 0:
    sys.exit("Ctrl-D ends it")
print("typed")
"#;

const ACCOUNT: &str = "locals {\n  zones = [\"a\", \"b\"]\n}\noutput \"zones\" {\n  value = local.zones\n}\n";

#[test]
fn a_person_types_at_the_prompt() {
    if Command::new("python3").args(["-c", "import pty"]).output().is_ok_and(|output| output.status.success())
    {
        let project = Project::new(ACCOUNT);
        let home = project.path().join("home");
        std::fs::create_dir(&home).unwrap();
        let prov = project.command(&["console"]);
        let mut typist = Command::new("python3");
        typist.args(["-c", TYPIST]).arg(prov.get_program()).args(prov.get_args());
        for (name, value) in prov.get_envs() {
            match value {
                Some(value) => typist.env(name, value),
                None => typist.env_remove(name),
            };
        }
        typist.env("HOME", &home).env_remove("XDG_STATE_HOME").env("TERM", "xterm").env("COLUMNS", "100");
        typist.current_dir(prov.get_current_dir().unwrap_or(project.path()));
        let output = typist.output().unwrap();
        assert!(output.status.success(), "{}", err(&output));
        assert_eq!(out(&output), "typed\n");
    } else {
        eprintln!("PASSED OVER: there is no python3 to open a terminal with");
    }
}
