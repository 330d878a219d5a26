package dev.millrace.benchmarks;

import dev.millrace.testing.soak.Growth;
import dev.millrace.testing.soak.Sample;
import dev.millrace.testing.soak.Soak;
import io.micronaut.core.annotation.Nullable;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** {@code benchmarks/run soak}: whether memory, files and latency stay as they are while runs go by. */
@Command(
        name = "soak",
        mixinStandardHelpOptions = true,
        description =
                "Let thousands of small runs go by, and print what processes and disk take as CSV. The exit code is 1 when"
                        + " memory or open files are more at the end than after the first tenth.")
final class SoakCommand implements Callable<Integer> {
    private static final int SAMPLES = 50;

    @Option(names = "--runs", defaultValue = "10000", description = "How many, a multiple of 50 (${DEFAULT-VALUE}).")
    private int runs;

    @Option(names = "--clients", defaultValue = "4", description = "Who ask for runs at once (${DEFAULT-VALUE}).")
    private int clients;

    @Option(names = "--csv", description = "File for the CSV, beside standard output.")
    private @Nullable Path csv;

    @Option(names = "--picture", description = "File for a picture of it (SVG).")
    private @Nullable Path picture;

    @Override
    public Integer call() throws Exception {
        Path folder = Files.createTempDirectory("millrace-soak-");
        try (Installation millrace =
                Installation.start(Path.of(System.getProperty("millrace.root")), folder, Map.of())) {
            Soak soak = new Soak(millrace.gateway(), millrace.token(), millrace.home(), clients);
            int every = Math.max(1, runs / SAMPLES);
            int settled = every * (SAMPLES / 10);
            List<Sample> samples;
            try (PrintStream file = csv == null ? null : new PrintStream(csv.toFile(), StandardCharsets.UTF_8)) {
                samples = soak.play(runs, every, settled, sample -> print(sample, every, file));
            }
            if (picture != null) {
                Files.writeString(picture, new SoakPicture(samples).svg());
            }
            List<String> grown = Growth.of(samples, settled, 1.1);
            samples.stream()
                    .filter(sample -> !sample.live().isEmpty())
                    .forEach(sample -> System.err.println("live heap after " + sample.runs() + " runs: " + sample.live()
                            + ", resident: " + sample.memory()));
            grown.forEach(System.err::println);
            return grown.isEmpty() ? 0 : 1;
        } finally {
            Main.remove(folder);
        }
    }

    private static void print(Sample sample, int first, @Nullable PrintStream file) {
        for (PrintStream out : file == null ? List.of(System.out) : List.of(System.out, file)) {
            if (sample.runs() == first) {
                out.println(sample.header());
            }
            out.println(sample.line());
            out.flush();
        }
    }
}
