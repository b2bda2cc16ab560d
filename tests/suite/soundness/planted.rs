//! Mistakes that are blocks of their own, some in modules that are made for them.

use super::mistakes::{BEGIN, END, Mistake, Mistake::*};
use super::program::Program;
use super::scope::Gen;

/// A block with a mistake between `«` and `»`.
struct Block {
    mistake: Mistake,
    /// Only the root module can make it.
    root: bool,
    text: &'static str,
    /// Modules it calls, by directory.
    modules: &'static [(&'static str, &'static str)],
}

const fn block(mistake: Mistake, text: &'static str) -> Block {
    Block { mistake, root: false, text, modules: &[] }
}

const fn in_root(mistake: Mistake, text: &'static str) -> Block {
    Block { mistake, root: true, text, modules: &[] }
}

const fn calling(
    mistake: Mistake,
    text: &'static str,
    modules: &'static [(&'static str, &'static str)],
) -> Block {
    Block { mistake, root: false, text, modules }
}

/// A switch two modules away.
const SWITCH: &[(&str, &str)] = &[
    (
        "wrong",
        r#"variable "on" { type = bool }
        locals { on = var.on && true }
        module "inner" {
          source = "./inner"
          switch = local.on
        }"#,
    ),
    (
        "wrong/inner",
        r#"variable "switch" { type = bool }
        resource "null_resource" "x" {
          lifecycle { enabled = var.switch }
        }"#,
    ),
];

const KEYED: &[(&str, &str)] = &[(
    "wrong",
    r#"variable "key" { type = string }
    resource "null_resource" "x" { for_each = toset(["a", var.key]) }"#,
)];

const COUNTED: &[(&str, &str)] = &[(
    "wrong",
    r#"variable "options" { type = object({ count = int, name = optional(string, "x") }) }
    locals { count = var.options.count }
    resource "null_resource" "x" { count = local.count }"#,
)];

const ADOPTING: &[(&str, &str)] = &[(
    "wrong",
    r#"variable "id" { type = string }
    resource "toy_box" "x" { name = "x" }
    import {
      to = toy_box.x
      id = "box-${var.id}"
    }"#,
)];

const CONFIGURING: &[(&str, &str)] = &[(
    "wrong",
    r#"variable "region" { type = string }
    provider "toy" { region = var.region }
    resource "toy_box" "x" { name = "x" }"#,
)];

const PORTS: &[(&str, &str)] = &[
    (
        "wrong",
        r#"variable "settings" { type = object({ port = int, name = string }) }
        locals { all = { main = var.settings } }
        module "inner" {
          source = "./inner"
          ports  = [local.all.main.port]
        }"#,
    ),
    (
        "wrong/inner",
        r#"variable "ports" { type = list(int(1..65535)) }
        output "ports" { value = var.ports }"#,
    ),
];

/// Validations here and one call further away.
const REFUSING: &[(&str, &str)] = &[
    (
        "wrong",
        r#"variable "name" {
          type = string
          validation {
            condition     = length(var.name) > 1
            error_message = "too short"
          }
        }
        locals { all = { main = "${var.name}-1" } }
        module "inner" {
          source = "./inner"
          name   = local.all.main
        }"#,
    ),
    (
        "wrong/inner",
        r#"variable "name" {
          type = string
          validation {
            condition     = !startswith(var.name, "forbidden")
            error_message = "not this one"
          }
        }
        output "name" { value = var.name }"#,
    ),
];

const NAMED: &[(&str, &str)] = &[(
    "wrong",
    r#"variable "name" {
      type     = string
      nullable = false
    }
    output "name" { value = var.name }"#,
)];

const OLD: &[(&str, &str)] = &[(
    "wrong",
    r#"variable "old" {
      type       = int
      default    = 1
      deprecated = "use another"
    }
    output "old" { value = var.old }"#,
)];

const BLOCKS: &[Block] = &[
    // Only what the root module puts out is shown to people.
    in_root(SecretOutput, r#"output "wrong" { value = «sensitive("hunter2")» }"#),
    block(SecretKey, r#"locals { wrong = { («sensitive("k")») = 1 } }"#),
    block(SecretCount, r#"resource "null_resource" "wrong" { count = «sensitive(1)» }"#),
    block(SecretForEach, r#"resource "null_resource" "wrong" { for_each = toset([«sensitive("a")»]) }"#),
    calling(
        SecretInput,
        "module \"wrong\" {\n  source  = \"./wrong\"\n  options = { count = «sensitive(2)» }\n}",
        COUNTED,
    ),
    block(UnknownKind, r#"resource «"random_qqq"» "wrong" {}"#),
    block(Cycle, "locals {\n  wrong_a = «local.wrong_b\n  wrong_b = local.wrong_a»\n}"),
    block(RecursiveFunction, "fn wrong(a: int) -> int = «wrong(a)»"),
    block(Twice, "locals { wrong = 1 }\nlocals { «wrong» = 2 }"),
    block(
        ResourceTwice,
        "resource \"null_resource\" \"wrong\" {}\nresource \"null_resource\" «\"wrong\"» {}",
    ),
    block(MissingArgument, r#"«resource "random_integer" "wrong"» {}"#),
    block(UnknownArgument, r#"resource "random_pet" "wrong" { «qqq» = 1 }"#),
    calling(
        LateInput,
        "module \"wrong\" {\n  source = \"./wrong\"\n  on     = «timestamp() == \"\"»\n}",
        SWITCH,
    ),
    calling(
        LateImportInput,
        "module \"wrong\" {\n  source = \"./wrong\"\n  id     = «timestamp()»\n}",
        ADOPTING,
    ),
    calling(
        LateProviderInput,
        "module \"wrong\" {\n  source = \"./wrong\"\n  region = «timestamp()»\n}",
        CONFIGURING,
    ),
    calling(DeferredInput, "module \"wrong\" {\n  source = \"./wrong\"\n  key    = «timestamp()»\n}", KEYED),
    block(Deferred, r#"resource "null_resource" "wrong" { count = «length(timestamp())» }"#),
    block(
        LateImport,
        "resource \"toy_box\" \"wrong\" { name = \"a\" }\nimport {\n  to = toy_box.wrong\n  id = «timestamp()»\n}",
    ),
    in_root(LateProvider, "provider \"toy\" {\n  alias  = \"wrong\"\n  region = «timestamp()»\n}"),
    block(NegativeCount, r#"resource "null_resource" "wrong" { count = «-1» }"#),
    block(NullCount, r#"resource "null_resource" "wrong" { count = «null» }"#),
    block(TextCount, r#"resource "null_resource" "wrong" { count = «"2"» }"#),
    block(NumbersForEach, r#"resource "null_resource" "wrong" { for_each = «toset([1])» }"#),
    block(
        InstanceWithoutKey,
        "resource \"null_resource\" \"wrong\" { count = 2 }\nlocals { wrong = null_resource.wrong.«id» }",
    ),
    block(UnknownNestedBlock, "resource \"toy_box\" \"wrong\" {\n  name = \"a\"\n  «prt» { port = 1 }\n}"),
    block(
        UnknownNestedArgument,
        "resource \"toy_box\" \"wrong\" {\n  name = \"a\"\n  part {\n    port = 1\n    «raito» = 2\n  }\n}",
    ),
    block(
        MissingNestedArgument,
        "resource \"toy_box\" \"wrong\" {\n  name = \"a\"\n  «part» { ratio = 2 }\n}",
    ),
    block(NestedOutOfRange, "resource \"toy_box\" \"wrong\" {\n  name = \"a\"\n  part { port = «70000» }\n}"),
    block(TooManyBlocks, "resource \"toy_box\" \"wrong\" {\n  name = \"a\"\n  limits {}\n  «limits» {}\n}"),
    block(BlockAsArgument, "resource \"toy_box\" \"wrong\" {\n  name = \"a\"\n  «part» = []\n}"),
    block(DecidedByProvider, "resource \"toy_box\" \"wrong\" {\n  name = \"a\"\n  «id» = \"b\"\n}"),
    block(
        IgnoredNowhere,
        "resource \"toy_box\" \"wrong\" {\n  name = \"a\"\n  lifecycle { ignore_changes = [«nmae»] }\n}",
    ),
    block(
        TriggeredByValue,
        "resource \"toy_box\" \"wrong\" {\n  name = \"a\"\n  lifecycle { replace_triggered_by = [«path.root»] }\n}",
    ),
    // Another module would ask its callers for it.
    in_root(
        UnknownAlias,
        "resource \"toy_box\" \"wrong\" {\n  name     = \"a\"\n  provider = «toy.nowhere»\n}",
    ),
    Block {
        root: true,
        mistake: UnknownAliasInCall,
        text: "module \"wrong\" {\n  source    = \"./wrong\"\n  providers = { toy = «toy.nowhere» }\n}",
        modules: OLD,
    },
    calling(
        WrongProvider,
        "module \"wrong\" {\n  source    = \"./wrong\"\n  providers = { toy = «random» }\n}",
        OLD,
    ),
    block(UnknownType, "variable \"wrong\" {\n  type    = «strng»\n  default = null\n}"),
    block(QuotedType, "variable \"wrong\" {\n  type    = «\"string\"»\n  default = \"a\"\n}"),
    block(NullDefault, "variable \"wrong\" {\n  type    = string\n  default = «null»\n}"),
    block(DefaultMisfit, "variable \"wrong\" {\n  type    = int\n  default = «\"x\"»\n}"),
    block(AnyVariable, "variable \"wrong\" {\n  type    = «any»\n  default = 1\n}"),
    block(UntypedVariable, "variable «\"wrong\"» {\n  default = {}\n}"),
    block(UnusedLocal, "locals { «wrong» = 1 }"),
    block(UnusedVariable, "variable «\"wrong\"» {\n  type    = int\n  default = 1\n}"),
    block(OutsideOfFunction, "locals { wrong = 1 }\nfn wrong(a: int) -> int = a + «local.wrong»"),
    calling(
        UnknownImport,
        "use \"./wrong\" { «Nothing» }\nvariable \"wrong\" {\n  type    = Nothing\n  default = 1\n}",
        OLD,
    ),
    block(
        LateImports,
        "resource \"toy_box\" \"wrong\" {\n  for_each = toset([\"a\"])\n  name     = \"a\"\n}\nimport {\n  for_each = toset([«timestamp()»])\n  to       = toy_box.wrong[each.key]\n  id       = \"a\"\n}",
    ),
    block(
        SecretImport,
        "resource \"toy_box\" \"wrong\" { name = \"a\" }\nimport {\n  to = toy_box.wrong\n  id = «sensitive(\"a\")»\n}",
    ),
    in_root(
        SecretOfResource,
        "resource \"toy_box\" \"wrong\" { name = sensitive(\"a\") }\noutput \"wrong\" { value = «toy_box.wrong.name» }",
    ),
    block(UnknownSetting, "variable \"wrong\" {\n  type    = int\n  default = 1\n  «defualt» = 2\n}"),
    block(MissingSource, r#"«module "wrong"» {}"#),
    block(MissingValue, r#"«output "wrong"» {}"#),
    block(OutputMisfit, "output \"wrong\" {\n  type  = int\n  value = «\"x\"»\n}"),
    block(FunctionMisfit, "fn wrong(a: int) -> string = «a»"),
    block(ParameterMisfit, "fn wrong(a: int = «\"x\"») -> int = a"),
    block(
        CheckMisfit,
        "check \"wrong\" {\n  assert {\n    condition     = «7»\n    error_message = \"no\"\n  }\n}",
    ),
    calling(NotNullable, "module \"wrong\" {\n  source = \"./wrong\"\n  name   = «null»\n}", NAMED),
    block(
        WaitsForNothing,
        "resource \"null_resource\" \"wrong\" {\n  depends_on = [«null_resource.nowhere»]\n}",
    ),
    block(
        TriggeredByNothing,
        "resource \"toy_box\" \"wrong\" {\n  name = \"a\"\n  lifecycle { replace_triggered_by = [«toy_box.nowhere»] }\n}",
    ),
    block(
        UnknownTrigger,
        "resource \"toy_box\" \"wrong\" {\n  name = \"a\"\n  lifecycle { replace_triggered_by = [terraform_data.wrong.«inptu»] }\n}\nresource \"terraform_data\" \"wrong\" { input = 1 }",
    ),
    block(ModuleMovedNowhere, "moved {\n  from = module.gone\n  to   = «module.nowhere»\n}"),
    block(UnknownOwner, "metadata {\n  owner = \"core\"\n  «contcat» = \"x\"\n}"),
    block(
        UnknownInMerge,
        "variable \"wrong\" {\n  type    = object({ a = int, note = optional(string) })\n  default = { a = 1 }\n}\noutput \"wrong\" {\n  type  = object({ a = int, note = optional(string) })\n  value = merge(var.wrong, { «noet» = \"x\" })\n}",
    ),
    block(
        MissingInstance,
        "resource \"toy_box\" \"wrong_a\" {\n  for_each = toset([\"x\", \"y\"])\n  name     = each.key\n}\nresource \"toy_box\" \"wrong\" {\n  for_each = toset([\"x\", \"z\"])\n  name     = toy_box.wrong_a[«each.key»].id\n}",
    ),
    calling(
        MissingInstanceOfModule,
        "module \"wrong\" {\n  source   = \"./wrong\"\n  for_each = toset([\"x\", \"y\"])\n  name     = each.key\n}\nresource \"toy_box\" \"wrong\" {\n  for_each = { x = 1, z = 2 }\n  name     = module.wrong[«each.key»].name\n}",
        NAMED,
    ),
    block(
        InstanceTooFar,
        "resource \"toy_box\" \"wrong_a\" {\n  count = 2\n  name  = \"a\"\n}\nresource \"toy_box\" \"wrong\" {\n  count = 3\n  name  = toy_box.wrong_a[«count.index»].id\n}",
    ),
    block(
        CycleOfValidation,
        "variable \"wrong\" {\n  type    = int\n  default = 1\n  validation {\n    condition     = «local.wrong > 0\n    error_message = \"no\"\n  }\n}\nlocals { wrong = var.wrong» + 1 }",
    ),
    block(
        LateImportsId,
        "resource \"toy_box\" \"wrong\" {\n  for_each = toset([\"a\"])\n  name     = \"a\"\n}\nimport {\n  for_each = { a = timestamp() }\n  to       = toy_box.wrong[each.key]\n  id       = «each.value»\n}",
    ),
    block(EachOutside, "locals { wrong = «each.key» }"),
    block(MovedNowhere, "moved {\n  from = null_resource.gone\n  to   = «null_resource.nowhere»\n}"),
    block(ImportedNowhere, "import {\n  to = «toy_box.nowhere»\n  id = \"a\"\n}"),
    block(
        RemovedStillThere,
        "resource \"null_resource\" \"wrong\" {}\nremoved {\n  from = «null_resource.wrong»\n}",
    ),
    block(UnknownModule, r#"module "wrong" { source = «"./nowhere"» }"#),
    calling(DeprecatedInput, "module \"wrong\" {\n  source = \"./wrong\"\n  «old» = 2\n}", OLD),
    calling(
        RefusedArgument,
        "locals { wrong = \"x\" }\nmodule \"wrong\" {\n  source = \"./wrong\"\n  name   = «local.wrong»\n}",
        REFUSING,
    ),
    calling(
        RefusedTwoModulesAway,
        "module \"wrong\" {\n  source = \"./wrong\"\n  name   = «\"forbidden\"»\n}",
        REFUSING,
    ),
    calling(
        RefusedInstance,
        "module \"wrong\" {\n  source   = \"./wrong\"\n  for_each = { a = \"good\", b = «\"forbidden\"» }\n  name     = each.value\n}",
        REFUSING,
    ),
    calling(
        BrokenInstance,
        "module \"wrong\" {\n  source   = \"./wrong\"\n  for_each = { a = 80, b = «70000» }\n  settings = { name = each.key, port = each.value }\n}",
        PORTS,
    ),
    block(
        ReadByACheck,
        "check \"wrong\" {\n  data \"toy_lookup\" \"wrong\" { name = \"a\" }\n  assert {\n    condition     = data.toy_lookup.wrong.value != \"\"\n    error_message = \"no\"\n  }\n}\nlocals { wrong = «data.toy_lookup.wrong».value }",
    ),
    block(
        UnknownOfKept,
        "resource \"terraform_data\" \"wrong\" {\n  count = 2\n  input = { size = 1 }\n}\nlocals { wrong = terraform_data.wrong[*].output.«sise» }",
    ),
    in_root(
        SecretOfKept,
        "resource \"terraform_data\" \"wrong\" {\n  input = { a = 1, b = sensitive(\"x\") }\n}\noutput \"wrong_a\" { value = terraform_data.wrong.output.a }\noutput \"wrong\" { value = «terraform_data.wrong.output.b» }",
    ),
    calling(
        BrokenTwoModulesAway,
        "module \"wrong\" {\n  source   = \"./wrong\"\n  settings = { name = \"x\", port = «70000» }\n}",
        PORTS,
    ),
];

impl Gen<'_> {
    /// The mistakes that are blocks, where they are due.
    pub fn block_mistakes(&mut self, out: &mut String, program: &mut Program, directory: &str, root: bool) {
        for block in BLOCKS {
            if (block.root && !root) || !self.due(block.mistake) {
                continue;
            }
            let text = block.text.replace('«', &BEGIN.to_string()).replace('»', &END.to_string());
            out.push_str(&text);
            out.push('\n');
            for (path, text) in block.modules {
                program.files.push((format!("{directory}{path}/main.prov"), (*text).to_owned()));
            }
        }
    }
}
