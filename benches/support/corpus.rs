//! Configuration as modules look in practice: variables with long descriptions, resources with nested blocks, objects
//! in objects, heredocs, comments, templates. The same seed gives the same text.

use std::fmt::Write;

/// A generator of modules.
pub struct Corpus {
    state: u64,
    out: String,
    /// How many names were given; hcl-edit refuses one that comes twice.
    named: u32,
}

const NAMES: [&str; 16] = [
    "name",
    "region",
    "instance_type",
    "subnet_ids",
    "enabled",
    "engine_version",
    "retention_in_days",
    "kms_key_arn",
    "tags",
    "environment",
    "allocated_storage",
    "vpc_security_group_ids",
    "description",
    "policy",
    "timeout",
    "owner",
];
const KINDS: [&str; 6] = [
    "aws_db_instance",
    "aws_security_group",
    "aws_iam_role",
    "consul_service",
    "aws_lb_target_group",
    "google_compute_instance",
];

impl Corpus {
    /// A generator with a seed.
    pub fn new(seed: u64) -> Self {
        Self { state: seed, out: String::new(), named: 0 }
    }

    /// Files of together about so many bytes.
    pub fn files(mut self, bytes: usize) -> Vec<String> {
        let mut files = Vec::new();
        let mut total = 0;
        while total < bytes {
            let size = 2_000 << self.below(6);
            self.comment("");
            while self.out.len() < size {
                self.item();
            }
            total += self.out.len();
            files.push(std::mem::take(&mut self.out));
        }
        files
    }

    fn below(&mut self, limit: u64) -> u64 {
        self.state =
            self.state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.state >> 33) % limit
    }

    fn pick(&mut self, from: &[&'static str]) -> &'static str {
        from[self.below(from.len() as u64) as usize]
    }

    fn new_name(&mut self) -> String {
        self.named = (self.named + 1) % 1_000;
        format!("{}_{}", self.pick(&NAMES), self.named)
    }

    fn line(&mut self, indent: &str, text: &str) {
        let _ = writeln!(self.out, "{indent}{text}");
    }

    fn comment(&mut self, indent: &str) {
        for _ in 0..=self.below(3) {
            self.line(
                indent,
                "# Kept apart from the other settings, because a change of it replaces the instance.",
            );
        }
    }

    fn item(&mut self) {
        let number = self.below(10_000);
        if self.below(3) == 0 {
            self.comment("");
        }
        match self.below(5) {
            0 => {
                let name = self.pick(&NAMES);
                self.line("", &format!("variable \"{name}_{number}\" {{"));
                self.line(
                    "  ",
                    "description = \"What it is called wherever people see it, and where it is billed\"",
                );
                let kind = self.pick(&[
                    "string",
                    "number",
                    "list(string)",
                    "map(object({ a = string, b = list(number) }))",
                ]);
                self.line("  ", &format!("type        = {kind}"));
                let value = self.value(2);
                self.line("  ", &format!("default     = {value}\n}}\n"));
            }
            1 => {
                self.line("", "locals {");
                for _ in 0..3 {
                    self.attribute("  ", 4);
                }
                self.line("", "}\n");
            }
            2 => {
                self.line("", &format!("output \"o{number}\" {{"));
                self.attribute("  ", 1);
                self.line("", "}\n");
            }
            _ => self.resource(number),
        }
    }

    fn resource(&mut self, number: u64) {
        let kind = self.pick(&KINDS);
        self.line("", &format!("resource \"{kind}\" \"r{number}\" {{"));
        self.line("  ", "count = var.enabled && length(var.subnet_ids) > 0 ? 1 : 0\n");
        for _ in 0..3 + self.below(6) {
            self.attribute("  ", 2);
        }
        if self.below(3) == 0 {
            self.line("  ", "policy = <<-EOT");
            for _ in 0..4 + self.below(12) {
                self.line("    ", "{ \"Effect\": \"Allow\", \"Resource\": \"arn:aws:s3:::${var.bucket}/*\", \"Action\": \"s3:GetObject\" }");
            }
            self.line("  ", "EOT");
        }
        self.line("", "\n  lifecycle {\n    create_before_destroy = true\n    ignore_changes        = [tags, engine_version]\n  }");
        self.line("", "\n  dynamic \"ingress\" {\n    for_each = var.rules\n    content {\n      from_port = ingress.value.from\n      to_port   = ingress.value[\"to\"]\n    }\n  }\n}\n");
    }

    fn attribute(&mut self, indent: &str, depth: u64) {
        if self.below(6) == 0 {
            self.comment(indent);
        }
        let name = self.new_name();
        let value = self.value(depth);
        let comment = if self.below(8) == 0 { " # see the runbook" } else { "" };
        self.line(indent, &format!("{name:<22} = {value}{comment}"));
    }

    fn value(&mut self, depth: u64) -> String {
        let number = self.below(100_000);
        match self.below(if depth == 0 { 7 } else { 10 }) {
            0 => format!("\"text number {number} with some words in it\""),
            1 => number.to_string(),
            2 => "true".into(),
            3 => format!("var.settings.{}", self.pick(&NAMES)),
            4 => format!("\"${{var.prefix}}-{number}-${{local.{}}}\"", self.pick(&NAMES)),
            5 => format!("aws_db_instance.main[0].{}", self.pick(&NAMES)),
            6 => format!("coalesce(var.{}, {number}, null)", self.pick(&NAMES)),
            7 => {
                let items: Vec<_> = (0..=self.below(5)).map(|_| self.value(depth - 1)).collect();
                format!("[{}]", items.join(", "))
            }
            8 => {
                let mut out = String::from("{\n");
                for _ in 0..=self.below(5) {
                    let (name, value) = (self.new_name(), self.value(depth - 1));
                    let _ = writeln!(out, "      {name} = {value}");
                }
                out + "    }"
            }
            _ => "{ for k, v in var.services : k => merge(v, { port = v.port + 1 }) if v.enabled }".into(),
        }
    }
}
