package dev.millrace.standalone;

import dev.millrace.standalone.client.Run;
import dev.millrace.standalone.process.Home;
import dev.millrace.standalone.sample.SampleSchool;
import dev.millrace.standalone.sample.SampleShop;
import dev.millrace.standalone.sample.SampleStatistics;
import io.micronaut.serde.ObjectMapper;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

@Command(name = "demo", description = "Start everything, run the examples and show what came of them.")
final class DemoCommand implements Callable<Integer> {
    private static final int ROWS_SHOWN = 8;
    private static final String SHOP_SECRET = "shop_database";

    @Spec
    @SuppressWarnings("NullAway.Init") // picocli sets it
    private CommandSpec spec;

    @Option(names = "--json", description = "Print one JSON document with everything that was loaded.")
    private boolean json;

    @Option(
            names = "--all",
            description =
                    "Run the examples of workbooks and of a database, too, the latter against a PostgreSQL of its own.")
    private boolean all;

    private final CommandEnvironment environment;

    DemoCommand(CommandEnvironment environment) {
        this.environment = environment;
    }

    @Override
    public Integer call() throws Exception {
        if (all && !SampleShop.isThere()) {
            throw new WrongCallException("demo --all needs the jars of PostgreSQL, which the class path lacks: images"
                    + " don't have them, call ./millrace of the source tree");
        }
        environment.logToFile();
        Home home = new Home(environment.home().root().resolve("demo"));
        Optional<Home.Lock> lock = home.lock();
        if (lock.isEmpty()) {
            throw new WrongCallException("another demo, or an installation, runs in " + home.root());
        }
        home.clear();
        PrintWriter out = spec.commandLine().getOut();
        long started = System.nanoTime();
        say("Starting the extractor, the transformer, the loader and the gateway, a sample school's API"
                + (all ? ", a shop's PostgreSQL, a page with workbooks…" : "…"));
        List<String> pipelines = new ArrayList<>(Demo.PIPELINES);
        try (SampleSchool school = new SampleSchool(InstantSource.system(), SampleApisCommand.TOKEN_LIFETIME);
                SampleShop shop = all ? new SampleShop() : null;
                SampleStatistics statistics = all ? new SampleStatistics() : null) {
            home.secret(SampleApisCommand.SCHOOL_SECRET, school.credentials());
            if (shop != null) {
                home.secret(SHOP_SECRET, shop.credentials());
                pipelines.add(Demo.SHOP);
            }
            if (statistics != null) {
                home.secret(SampleApisCommand.STATISTICS_SECRET, statistics.url());
                pipelines.add(Demo.DEATHS);
            }
            try (Session session = Session.own(environment.demoSettings(home), lock.get())) {
                long up = System.nanoTime();
                say("Up after " + seconds(started, up) + " s. Running the pipelines " + String.join(" and ", pipelines)
                        + "…");
                Demo demo = new Demo(session.gateway(), pipelines);
                List<Run> runs = demo.run(
                        Progress.on(environment, json, out, spec.commandLine().getErr()));
                long ran = System.nanoTime();
                boolean succeeded = RunReport.exitCode(runs) == ExitCode.SUCCESS;
                if (json) {
                    out.println(ObjectMapper.getDefault()
                            .writeValueAsString(succeeded ? demo.document(runs) : Demo.failed(runs)));
                } else if (!succeeded) {
                    RunReport.table(runs).lines(environment.width()).forEach(this::say);
                } else {
                    print(demo, runs);
                    say("");
                    say("Starting took " + seconds(started, up) + " s, running " + seconds(up, ran) + " s.");
                    whereToLook(home);
                }
                RunReport.errors(runs, spec.commandLine().getErr());
                return RunReport.exitCode(runs);
            }
        } finally {
            out.flush();
        }
    }

    private void print(Demo demo, List<Run> runs) throws InterruptedException {
        heading("What was loaded");
        RunReport.table(runs).lines(environment.width()).forEach(this::say);
        heading("What was rejected, and why");
        for (Demo.RejectGroup group : demo.rejects(runs)) {
            String where = group.column() == null ? group.table() : group.table() + ", " + group.column();
            say(group.count() + " of " + where + ": " + TextTable.printable(group.reason()));
            for (Demo.Sample sample : group.samples()) {
                String value = sample.value();
                say("    row " + sample.row()
                        + (value == null ? ", no value" : ", '" + TextTable.printable(value) + "'"));
            }
        }
        for (Demo.Answered answer : demo.answers(ROWS_SHOWN)) {
            heading(answer.title());
            QueryTable.of(answer.result()).lines(environment.width()).forEach(this::say);
            if (answer.result().truncated()) {
                say("…");
            }
        }
    }

    private void whereToLook(Home home) {
        Path folder = environment.folder();
        String shown = home.root().startsWith(folder)
                ? folder.relativize(home.root()).toString()
                : home.root().toString();
        String call = "  MILLRACE_HOME=" + shown + " ./millrace ";
        heading("Where to look next");
        say(call + "runs");
        say(call + "query \"SELECT house, COUNT(*) FROM school.students GROUP BY house\"");
        say(call + "start   # the console: http://localhost:8080/console");
        say("  pipelines/isams/pipeline.yaml, pipelines/hiring/pipeline.yaml   # what was run");
    }

    private void heading(String text) {
        say("");
        say(text);
        say("-".repeat(text.length()));
    }

    private void say(String line) {
        if (!json) {
            spec.commandLine().getOut().println(line);
            spec.commandLine().getOut().flush();
        }
    }

    private static String seconds(long from, long to) {
        return String.format(Locale.ROOT, "%.1f", Duration.ofNanos(to - from).toMillis() / 1000.0);
    }
}
