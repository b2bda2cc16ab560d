//! Cost grows with the number of instances and references, and no faster.

use std::time::Instant;

use crate::support::lab::Lab;

/// Two correlated resources of so many instances, and one that refers to all of them.
fn source(instances: usize) -> String {
    format!(
        r#"
        resource "fake_thing" "a" {{
          count = {instances}
          name  = "a${{count.index}}"
        }}
        resource "fake_thing" "b" {{
          count = {instances}
          name  = "b${{count.index}}"
          link  = fake_thing.a[count.index].id
          size  = length(fake_thing.a)
        }}
        resource "fake_thing" "all" {{
          name  = "all"
          links = fake_thing.b[*].id
        }}
    "#
    )
}

/// Prints seconds for each size; run by hand: `cargo test --release --test suite -- --ignored --nocapture scale`.
#[test]
#[ignore = "a measurement"]
#[allow(clippy::print_stderr, clippy::disallowed_methods)]
fn planning_and_applying_many() {
    for instances in [1_000, 5_000, 10_000, 20_000] {
        let mut lab = Lab::new();
        lab.fake.batches = true;
        let source = source(instances);
        let begin = Instant::now();
        let planned = lab.plan(&source);
        let new = begin.elapsed();
        drop(planned);
        let begin = Instant::now();
        assert!(crate::support::lab::block(lab.try_apply(&source)).complete);
        let apply = begin.elapsed();
        let begin = Instant::now();
        assert!(lab.plan(&source).plan().is_empty());
        let none = begin.elapsed();
        eprintln!("2 × {instances}: new plan {new:?}, plan and apply {apply:?}, nothing to do {none:?}");
    }
}
