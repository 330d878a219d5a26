package dev.millrace.benchmarks;

import dev.millrace.testing.rounds.Rounds;
import dev.millrace.testing.rounds.Tally;
import io.micronaut.core.annotation.Nullable;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.ThreadLocalRandom;
import java.util.stream.Stream;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** {@code benchmarks/run rounds}: lets things go wrong by a seed, and compares what comes of them with an oracle. */
@Command(
        name = "rounds",
        mixinStandardHelpOptions = true,
        description = "Play rounds of faults: processes killed and frozen, connections that lose and double, PostgreSQL"
                + " restarted, full disks, moved clocks. The exit code is 1 when anything was lost, doubled, miscounted or"
                + " stuck; files then stay where the last line says.")
final class RoundsCommand implements Callable<Integer> {
    @Option(names = "--rounds", defaultValue = "150", description = "How many (${DEFAULT-VALUE}).")
    private int rounds;

    @Option(
            names = "--first",
            defaultValue = "1",
            description = "Number of the first round, to play one again (${DEFAULT-VALUE}).")
    private int first;

    @Option(names = "--seed", description = "What happens (without it, by chance).")
    private @Nullable Long seed;

    @Option(
            names = "--database",
            defaultValue = "POSTGRESQL",
            description = "Run database, ${COMPLETION-CANDIDATES} (${DEFAULT-VALUE}).")
    private Rounds.Database database = Rounds.Database.POSTGRESQL;

    @Option(
            names = "--faketime",
            description =
                    "libfaketimeMT.so.1, by which clocks are moved (without it, where Debian has it; where it isn't, no clock is moved).")
    private @Nullable Path faketime;

    @Option(
            names = "--patience",
            defaultValue = "PT90S",
            description = "After which something that hasn't ended is stuck (${DEFAULT-VALUE}).")
    private Duration patience = Duration.ofSeconds(90);

    @Override
    public Integer call() throws Exception {
        Path root = Path.of(System.getProperty("millrace.root"));
        Path folder = Files.createTempDirectory("millrace-rounds-");
        Tally tally = Rounds.play(
                folder,
                (home, service) -> launch(root, home, service),
                new Rounds.Options(
                        seed == null ? ThreadLocalRandom.current().nextInt(1_000_000) : seed,
                        first,
                        rounds,
                        database,
                        faketime == null ? found() : faketime,
                        patience),
                System.out);
        if (tally.isGood()) {
            Main.remove(folder);
            return 0;
        }
        System.out.println("logs and data are in " + folder);
        return 1;
    }

    /** As {@code ./millrace} would, but without a look at what has changed: a build in the midst of rounds would be in the way. */
    private static ProcessBuilder launch(Path root, Path folder, String service) {
        Path target = root.resolve("standalone/target");
        Path cache = target.resolve("millrace.aot");
        List<String> command = new ArrayList<>(
                List.of(Path.of(System.getProperty("java.home"), "bin", "java").toString()));
        command.addAll(List.of("--enable-native-access=ALL-UNNAMED", "--sun-misc-unsafe-memory-access=allow"));
        command.addAll(List.of("-Xlog:disable", "-Xlog:all=error:stderr", "-Xlog:aot*=off:stderr"));
        command.addAll(List.of("-XX:+ExitOnOutOfMemoryError", "-XX:+UseSerialGC", "-Xmx384m"));
        if (Files.exists(cache)) {
            command.add("-XX:AOTCache=" + cache);
        }
        command.addAll(List.of("-cp", target.resolve("millrace.jar") + ":" + target.resolve("lib") + "/*"));
        command.addAll(List.of("dev.millrace.standalone.Main", "service", service));
        ProcessBuilder builder = new ProcessBuilder(command).directory(folder.toFile());
        builder.environment().put("MILLRACE_HOME", folder.resolve("home").toString());
        return builder;
    }

    private static @Nullable Path found() throws IOException {
        Path libraries = Path.of("/usr/lib");
        if (!Files.isDirectory(libraries)) {
            return null;
        }
        try (Stream<Path> folders = Files.list(libraries)) {
            return folders.map(folder -> folder.resolve("faketime/libfaketimeMT.so.1"))
                    .filter(Files::exists)
                    .findFirst()
                    .orElse(null);
        }
    }
}
