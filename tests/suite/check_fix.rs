//! `prov check --fix` and `--diff`: what is written, and what is left alone.

use std::fs;
use std::path::Path;

use super::cli::{Project, err, out};

/// An account and a module with a slip in each.
fn two_files() -> Project {
    let project = Project::new("");
    for (name, text) in [
        (
            "account/main.prov",
            "module \"queue\" {\n  source = \"../queue\"\n\n  nmae = \"orders\"\n}\n\noutput \"name\" {\n  value = module.queue.name\n}\n",
        ),
        (
            "queue/main.prov",
            "variable \"name\" {\n  type = string\n}\n\nvariable \"size\" {\n  type    = int\n  default = \"3\"\n}\n\noutput \"name\" {\n  value = \"${var.name}-${var.size}\"\n}\n",
        ),
    ] {
        fs::create_dir_all(project.path().join(name).parent().unwrap()).unwrap();
        project.write(name, text);
    }
    project
}

fn read(project: &Project, name: &str) -> String {
    fs::read_to_string(project.path().join(name)).unwrap()
}

#[test]
fn several_files_are_mended_at_once_and_diff_changes_none() {
    let project = two_files();
    let before = (read(&project, "account/main.prov"), read(&project, "queue/main.prov"));
    let diff = out(&project.run(&["check", "--diff", "account"]));
    for line in ["-  nmae = \"orders\"", "+  name = \"orders\"", "-  default = \"3\"", "+  default = 3"] {
        assert!(diff.lines().any(|shown| shown == line), "{line}\n{diff}");
    }
    assert_eq!(before, (read(&project, "account/main.prov"), read(&project, "queue/main.prov")));

    let fixed = project.run(&["check", "--fix", "account"]);
    assert_eq!(fixed.status.code(), Some(0), "{}{}", out(&fixed), err(&fixed));
    assert!(err(&fixed).contains("Mended 2 files."), "{}", err(&fixed));
    assert_eq!(read(&project, "account/main.prov"), before.0.replace("nmae", "name"));
    assert_eq!(read(&project, "queue/main.prov"), before.1.replace("\"3\"", "3"));
    assert_eq!(out(&project.run(&["check", "--diff", "account"])), "", "there is nothing left to mend");
}

/// Only the right name has a type to break.
#[test]
fn a_fix_that_makes_room_for_another_is_followed_by_it() {
    let project =
        Project::new("# kept\nresource \"random_pet\" \"a\" {\n  lenght    = \"3\" # kept too\n}\n");
    let fixed = project.run(&["check", "--fix"]);
    assert_eq!(fixed.status.code(), Some(0), "{}{}", out(&fixed), err(&fixed));
    assert_eq!(
        read(&project, "main.prov"),
        "# kept\nresource \"random_pet\" \"a\" {\n  length    = 3 # kept too\n}\n"
    );
}

/// The whole becomes a set, and an element of it a text.
#[test]
fn fixes_that_touch_the_same_text_wait_for_each_other() {
    let project = Project::new(
        "resource \"terraform_data\" \"a\" {\n  for_each = [\"a\", \"b\", lower(3)]\n}\n\noutput \"all\" {\n  value = { for k, v in terraform_data.a : k => v.id }\n}\n",
    );
    let fixed = project.run(&["check", "--fix"]);
    let text = read(&project, "main.prov");
    assert!(text.contains("for_each = toset([\"a\", \"b\", lower(tostring(3))])"), "{text}\n{}", out(&fixed));
    assert_eq!(fixed.status.code(), Some(0), "{}{}", out(&fixed), err(&fixed));
}

#[test]
fn lines_keep_their_ends() {
    let text = "resource \"random_pet\" \"a\" {\r\n  lenght = \"3\"\r\n}\r\n";
    let project = Project::new(text);
    assert_eq!(project.run(&["check", "--fix"]).status.code(), Some(0));
    assert_eq!(read(&project, "main.prov"), text.replace("lenght", "length").replace("\"3\"", "3"));
}

#[test]
fn what_is_read_only_stays_as_it_is() {
    let project = Project::new("resource \"random_pet\" \"a\" {\n  lenght = 3\n}\n");
    let file = project.path().join("main.prov");
    let mut permissions = fs::metadata(&file).unwrap().permissions();
    permissions.set_readonly(true);
    fs::set_permissions(&file, permissions).unwrap();
    let fixed = project.run(&["check", "--fix"]);
    assert_eq!(fixed.status.code(), Some(2), "{}", err(&fixed));
    assert!(err(&fixed).contains("main.prov can't be written: it is read-only"), "{}", err(&fixed));
    assert!(read(&project, "main.prov").contains("lenght"));
}

#[cfg(unix)]
#[test]
fn files_outside_the_project_are_not_touched() {
    let outside = tempfile::tempdir().unwrap();
    let text = "variable \"size\" {\n  type    = int\n  default = \"3\"\n}\n";
    fs::write(outside.path().join("main.prov"), text).unwrap();
    let project = Project::new("module \"m\" {\n  source = \"./linked\"\n}\n");
    std::os::unix::fs::symlink(outside.path(), project.path().join("linked")).unwrap();
    let fixed = project.run(&["check", "--fix"]);
    assert_eq!(fixed.status.code(), Some(1), "{}{}", out(&fixed), err(&fixed));
    assert!(out(&fixed).contains("source-outside-project"), "{}", out(&fixed));
    assert_eq!(fs::read_to_string(outside.path().join("main.prov")).unwrap(), text);
}

/// Nothing of a fix that needs a look, nor of the standard library.
#[test]
fn what_needs_a_look_is_left_to_people() {
    let text = "locals {\n  region = \"eu-west-1\"\n}\n\noutput \"region\" {\n  value = local.regoin\n}\n";
    let project = Project::new(text);
    let fixed = project.run(&["check", "--fix"]);
    assert_eq!(fixed.status.code(), Some(1));
    assert_eq!(read(&project, "main.prov"), text);
    assert!(!Path::new(&project.path().join("main.prov.new")).exists());
}
