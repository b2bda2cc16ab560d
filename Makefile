# `make` prints what there is. ACCOUNT=staging chooses the account; production is the default.

ACCOUNT ?= production
PROV = target/debug/prov
DIR = accounts/$(ACCOUNT)

.DEFAULT_GOAL := help
.PHONY: help setup build demo check format plan apply destroy graph compose test mutants soundness scorecard differential reference layouts fuzz bench clean

help: ## Print this
	@awk 'BEGIN { FS = ":.*## " } /^[a-z]+:.*## / { printf "  make %-12s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)
	@echo
	@echo "  ACCOUNT=$(ACCOUNT)  the account in accounts/ to work on"

setup: ## Fetch what the tests use beyond cargo, where it can be had: a real Consul, the schema of SARIF
	@scripts/setup-sarif.sh
	@scripts/setup.sh

build: ## Build prov
	@cargo build --quiet

demo: ## See it all: check, plan, apply, discovery, drift, destroy; needs nothing but a Rust toolchain
	@scripts/demo.sh

check: build ## Find everything that is wrong with the account, without touching anything
	@$(PROV) check $(DIR)

format: build ## Bring sources into the canonical format
	@cargo fmt
	@$(PROV) fmt stdlib accounts examples

plan: build ## Show what would change
	@$(PROV) plan $(DIR)

apply: build ## Make the changes, after showing them (AUTO_APPROVE=1 doesn't ask)
	@$(PROV) apply $(if $(AUTO_APPROVE),--auto-approve) $(DIR)

destroy: build ## Remove everything the account has made (AUTO_APPROVE=1 doesn't ask)
	@$(PROV) destroy $(if $(AUTO_APPROVE),--auto-approve) $(DIR)

graph: build ## Draw what depends on what into target/ACCOUNT.svg
	@$(PROV) graph $(DIR) --out target/$(ACCOUNT).svg && echo "target/$(ACCOUNT).svg"

compose: ## Start a Consul with docker, on 127.0.0.1:8500
	@command -v docker >/dev/null || { echo "docker is not installed. Without it: target/debug/prov dev, or make setup"; exit 1; }
	@docker compose up --detach --wait
	@echo "Consul answers at http://127.0.0.1:8500; docker compose down ends it."

test: ## Run every test, against a real Consul too where it can be had
	@scripts/test.sh

mutants: ## Check 5,000 files with a slip in each (PROV_SEED=7 makes others)
	@PROV_MUTANTS=$${PROV_MUTANTS:-5000} cargo test --release --test suite -- mutants --nocapture

soundness: ## Take 10,000 generated programs the whole way (PROV_SEED=7 makes others)
	@PROV_SOUNDNESS=$${PROV_SOUNDNESS:-10000} cargo test --release --test suite -- soundness --nocapture

differential: ## Compare 20,000 new expressions with terraform console, where it is installed (EXPRESSIONS=…, SEED=7 others, RECORD=1 records)
	@EXPRESSIONS=$${EXPRESSIONS:-20000} EXPRESSION_SEED=$${SEED:-1} $(if $(RECORD),EXPRESSION_RECORD=1) cargo test --test suite -- differential --nocapture

reference: build ## Write docs/functions.md from what the functions say of themselves
	@$(PROV) functions --markdown > docs/functions.md

scorecard: ## Write anew what prov and Terraform say of twelve mistakes
	@scripts/scorecard.sh

layouts: ## Lay out 20,000 generated files and compare with terraform fmt, where it is installed (FORMAT_SEED=7 makes others)
	@FORMAT_FILES=$${FORMAT_FILES:-20000} cargo test --test suite -- terraform_fmt --nocapture

fuzz: ## Look for texts that break what holds for all, FUZZ_SECONDS=60 for each target
	@scripts/fuzz.sh

bench: ## Measure reading, checks, plans and applies, beside hcl-edit and terraform where they are
	@cargo bench

clean: ## Remove what was built and the state of the accounts' mocked clouds
	@cargo clean
	@rm -rf accounts/*/.prov
