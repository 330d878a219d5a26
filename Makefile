# The commands of every day. Each is Maven or a script, which `make -n` shows: nothing is to be had here only.

MAVEN = ./mvnw -B -ntp
# A process that ends before the JVM's second compiler has paid off is better off without it.
QUICK = MAVEN_OPTS="-XX:TieredStopAtLevel=1 -XX:+UseSerialGC $$MAVEN_OPTS" $(MAVEN) -Dquick

# Where the test is, and a file that no other module has: see upstream-without-tests in pom.xml.
test_file = $(firstword $(shell find */src/test -name '$(TEST).java'))
test_module = $(firstword $(subst /, ,$(test_file)))
module_file = $(patsubst $(MODULE)/%,%,$(firstword $(sort $(shell find $(MODULE)/src/test -name '*Test.java' 2>/dev/null))))
# A module that takes test classes of others for its own wants them compiled.
alone = -Dtests.of=$(2)$(if $(shell grep -s '<type>test-jar' $(1)/pom.xml), -Dtests.alone=false)

.PHONY: help quick full module test browser format benchmark refresh lint clean

help: ## this list
	@sed -n 's/^\([a-z]*\):.*## /\1|/p' Makefile | while IFS='|' read -r name what; do printf '  make %-10s %s\n' "$$name" "$$what"; done

quick: ## compile everything, tests too, without what only judges the code
	$(QUICK) -q test-compile

full: ## all checks and all tests: what CI runs
	$(MAVEN) verify

module: ## the tests of one module: make module MODULE=extractor-service
	@test -d '$(MODULE)/src/test' || { echo 'MODULE: no module with tests is called "$(MODULE)" (expected: such as MODULE=extractor-service)' >&2; exit 2; }
	$(QUICK) -pl $(MODULE) -am test $(call alone,$(MODULE),$(module_file))

test: ## one class of tests: make test TEST=LinkHeaderTest
	@test -n '$(test_file)' || { echo 'TEST: no module has a test called "$(TEST)" (expected: such as TEST=LinkHeaderTest)' >&2; exit 2; }
	$(QUICK) -pl $(test_module) -am test -Dtest=$(TEST) -Dsurefire.failIfNoSpecifiedTests=false \
	  $(call alone,$(test_module),$(patsubst $(test_module)/%,%,$(test_file)))

browser: ## the console in Chromium, of what was built last
	$(MAVEN) -P browser -pl console-tests verify

format: ## format all sources
	$(MAVEN) -q spotless:apply

benchmark: ## measure throughput, latency and the gateway: see benchmarks/README.md
	./benchmarks/run throughput latency gateway

refresh: ## make again what is made: the JSON Schema, samples of messages, the chart's table of values
	$(QUICK) -pl deployment,task-contract -am test -Dsurefire.failIfNoSpecifiedTests=false \
	  -Dtest=PipelineSchemaTest,MessagesTest,ChartValuesTest -Dschema.refresh=true -Dmessages.refresh=true -Dchart.refresh=true

lint: ## scripts, Terraform and chart; scripts/tools fetches what it needs
	scripts/lint

clean: ## forget everything that was built
	$(MAVEN) -q clean
