package dev.millrace.benchmarks;

import io.micronaut.core.annotation.Nullable;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.stream.Stream;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code benchmarks/run}: measures Millrace as its user runs it, and prints a table in Markdown. */
@Command(
        name = "benchmarks/run",
        mixinStandardHelpOptions = true,
        subcommands = {GateCommand.class, RoundsCommand.class, SoakCommand.class},
        description = "Measure Millrace on this machine.")
final class Main implements Callable<Integer> {
    @Parameters(paramLabel = "NAME", description = "Of ${COMPLETION-CANDIDATES}; all without any.")
    private List<Name> names = List.of(Name.values());

    @Option(
            names = "--records",
            defaultValue = "1000000",
            description = "Records of the larger runs (${DEFAULT-VALUE}).")
    private long records;

    @Option(
            names = "--against",
            paramLabel = "DIR",
            description = "A clone in another state, of which small_runs and tables_loaded measure the same.")
    private @Nullable Path against;

    @Option(
            names = "--files",
            defaultValue = "20000",
            description = "Small files of slices (${DEFAULT-VALUE}); 0: none.")
    private int files;

    @Option(
            names = "--gigabytes",
            defaultValue = "1",
            description = "Of the large file of slices (${DEFAULT-VALUE}); 0: there is none.")
    private int gigabytes;

    @Option(names = "--slices", defaultValue = "16", description = "Slices of a run (${DEFAULT-VALUE}).")
    private int slices;

    private enum Name {
        THROUGHPUT,
        LISTS,
        SMALL_RUNS,
        MEMORY,
        MEMORY_CLOUD,
        UPLOADS,
        MERGES,
        TABLES,
        TABLES_MEMORY,
        TABLES_MARIADB,
        TABLES_LOADED,
        INCREMENT,
        ROLLBACKS,
        CSV_FILES,
        ROWS,
        WORKBOOKS,
        FILES,
        SLICES,
        SHAPES,
        BOMBS
    }

    private static Benchmark benchmark(Name name) {
        return switch (name) {
            case THROUGHPUT -> new Throughput();
            case LISTS -> new Lists();
            case SMALL_RUNS -> new SmallRuns();
            case MEMORY -> new Memory(Memory.Way.EMBEDDED);
            case MEMORY_CLOUD -> new Memory(Memory.Way.CLOUD);
            case UPLOADS -> new Uploads();
            case MERGES -> new Merges();
            case TABLES -> new Tables(Tables.What.POSTGRESQL);
            case TABLES_MEMORY -> new Tables(Tables.What.POSTGRESQL_MEMORY);
            case TABLES_MARIADB -> new Tables(Tables.What.MARIADB);
            case TABLES_LOADED -> new Tables(Tables.What.POSTGRESQL_LOADED);
            case INCREMENT -> new Increment();
            case ROLLBACKS -> new Rollbacks();
            case CSV_FILES -> new CsvFiles();
            case ROWS -> new LoadedRows();
            case WORKBOOKS -> new Workbooks();
            case FILES -> new LargeFiles();
            case SLICES -> new Slices();
            case SHAPES -> new Shapes();
            case BOMBS -> new Bombs();
        };
    }

    public static void main(String[] arguments) {
        System.exit(new CommandLine(new Main())
                .setCaseInsensitiveEnumValuesAllowed(true)
                .execute(arguments));
    }

    @Override
    public Integer call() throws Exception {
        Path root = Path.of(System.getProperty("millrace.root"));
        System.out.println("| what | Millrace | compared with | ratio | goal |");
        System.out.println("|---|---|---|---|---|");
        Slices.Sizes sizes = new Slices.Sizes(files, gigabytes, slices);
        for (Name name : names) {
            System.err.println("Measuring " + name + "…");
            Path folder = Files.createTempDirectory("millrace-benchmark-");
            try {
                // at once: a later one that fails doesn't cost what is known
                benchmark(name)
                        .measure(new BenchmarkEnvironment(root, folder, records, against, sizes))
                        .forEach(measurement -> System.out.println(measurement.row()));
            } finally {
                remove(folder);
            }
        }
        return 0;
    }

    static void remove(Path folder) throws IOException {
        try (Stream<Path> files = Files.walk(folder)) {
            for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
                Files.deleteIfExists(file);
            }
        }
    }
}
