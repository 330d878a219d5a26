package dev.millrace.standalone;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.millrace.standalone.process.Home;
import java.io.File;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.management.ManagementFactory;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.spi.ToolProvider;
import java.util.stream.Stream;

/**
 * Calls of the command line in processes of their own. They start as fast as those of {@code ./millrace}, from jars and
 * with a cache of loaded classes: tests that kill processes would else wait most of the time for them to be back.
 */
final class OwnProcess {
    private static final Duration PATIENCE = Duration.ofMinutes(2);

    private final Path folder;
    private final List<String> java = new ArrayList<>();

    /** Made when the first process is wanted, for all tests of the module, until classes or jars are others. */
    private static final class Made {
        static final OwnProcess ONCE =
                new OwnProcess(Path.of("target", "processes").toAbsolutePath());
    }

    /** A call from a folder, in which its home is as well; options of the JVM may come first. */
    static ProcessBuilder call(Path folder, List<String> options, String... arguments) {
        return Made.ONCE.builder(folder, options, arguments);
    }

    static ProcessBuilder call(Path folder, String... arguments) {
        return call(folder, List.of(), arguments);
    }

    private OwnProcess(Path folder) {
        this.folder = folder;
        Home home = new Home(folder);
        home.create();
        try (FileChannel others = FileChannel.open(
                        folder.resolveSibling("processes.lock"), StandardOpenOption.CREATE, StandardOpenOption.WRITE);
                FileLock lock = others.lock()) {
            assertThat(lock.isValid()).isTrue();
            Path maker = folder.resolve("made-of");
            String classes = classes();
            boolean made = Files.exists(maker) && Files.readString(maker).equals(classes);
            if (!made) {
                home.clear();
            }
            java.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
            ManagementFactory.getRuntimeMXBean().getInputArguments().stream()
                    .filter(argument -> argument.startsWith("--"))
                    .forEach(java::add);
            java.addAll(List.of("-XX:TieredStopAtLevel=1", "-XX:+UseSerialGC", "-Xmx256m"));
            java.addAll(List.of("-Xlog:disable", "-Xlog:all=error:stderr", "-Xlog:aot*=off:stderr"));
            java.addAll(List.of("-Dmillrace.root=" + Terminal.ROOT, "-cp", jars(made)));
            Path cache = folder.resolve("millrace.aot");
            if (!made) {
                train(cache);
                Files.writeString(maker, classes);
            }
            java.add(1, "-XX:AOTCache=" + cache);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } catch (InterruptedException e) {
            throw new IllegalStateException(e);
        }
    }

    private ProcessBuilder builder(Path from, List<String> options, String... arguments) {
        List<String> command = new ArrayList<>(java);
        command.addAll(1, options);
        command.add("dev.millrace.standalone.Main");
        command.addAll(List.of(arguments));
        ProcessBuilder builder = new ProcessBuilder(command).directory(from.toFile());
        builder.environment().put("MILLRACE_HOME", from.resolve("home").toString());
        return builder;
    }

    /** All that the class path has, and when it was written. */
    private static String classes() throws IOException {
        StringBuilder all = new StringBuilder();
        for (String entry : System.getProperty("java.class.path").split(File.pathSeparator, -1)) {
            if (!Files.exists(Path.of(entry))) {
                continue; // a module that has tests only
            }
            try (Stream<Path> files = Files.walk(Path.of(entry))) {
                for (Path file : files.filter(Files::isRegularFile).sorted().toList()) {
                    all.append(file)
                            .append(' ')
                            .append(Files.getLastModifiedTime(file))
                            .append('\n');
                }
            }
        }
        return all.toString();
    }

    /**
     * The class path of this process, with jars in the place of folders, which the JVM caches nothing of, and with DuckDB's
     * library beside its classes, for else each process would unpack it.
     *
     * @param made whether these jars are there
     */
    private String jars(boolean made) throws IOException {
        List<String> entries = new ArrayList<>();
        for (String entry : System.getProperty("java.class.path").split(File.pathSeparator, -1)) {
            Path path = Path.of(entry);
            Path copy = folder.resolve("classes-" + entries.size() + ".jar");
            boolean duckdb =
                    path.getFileName() != null && path.getFileName().toString().startsWith("duckdb_jdbc-");
            boolean classes = Files.isDirectory(path) && !path.endsWith("test-classes");
            if (duckdb && !made) {
                Path unpacked = folder.resolve("duckdb");
                String library = "libduckdb_java.so_" + platform();
                jar(entry, "--extract", "--file", entry, "--dir", unpacked.toString(), "org", "META-INF", library);
                Files.move(unpacked.resolve(library), folder.resolve(library));
                jar(entry, "--create", "--file", copy.toString(), "-C", unpacked.toString(), ".");
            } else if (classes && !made) {
                jar(entry, "--create", "--file", copy.toString(), "-C", entry, ".");
            }
            if (duckdb || classes) {
                entries.add(copy.toString());
            } else if (!Files.isDirectory(path)) {
                entries.add(entry);
            }
        }
        return String.join(File.pathSeparator, entries);
    }

    private static String platform() {
        String system = System.getProperty("os.name").startsWith("Mac") ? "macos" : "linux";
        return system + (System.getProperty("os.arch").equals("aarch64") ? "_arm64" : "_amd64");
    }

    private static void jar(String entry, String... arguments) {
        int exit = ToolProvider.findFirst("jar").orElseThrow().run(System.out, System.err, arguments);
        assertThat(exit).as(entry).isZero();
    }

    /** Writes the cache, from what a run has loaded: by way of the emulated Google Cloud, where that is at hand. */
    private void train(Path cache) throws IOException, InterruptedException {
        copy(Terminal.ROOT.resolve("pipelines/hiring"), folder.resolve("pipelines/hiring"));
        File log = folder.resolve("training.log").toFile();
        List<String> arguments = new ArrayList<>(List.of("start", "--port", "0"));
        if (CloudTools.find().isPresent()) {
            arguments.add("--gcp-emulator");
        }
        Process start = builder(folder, List.of("-XX:AOTCacheOutput=" + cache), arguments.toArray(String[]::new))
                .redirectErrorStream(true)
                .redirectOutput(log)
                .start();
        try {
            Path gateway = new Home(folder.resolve("home")).gateway();
            await().atMost(PATIENCE).until(() -> Files.exists(gateway) || !start.isAlive());
            Process run = builder(folder, List.of(), "run", "hiring")
                    .redirectErrorStream(true)
                    .redirectOutput(ProcessBuilder.Redirect.appendTo(log))
                    .start();
            assertThat(run.waitFor(PATIENCE.toSeconds(), TimeUnit.SECONDS)).isTrue();
            assertThat(run.exitValue()).as(Files.readString(log.toPath())).isZero();
        } finally {
            start.destroy();
        }
        assertThat(start.waitFor(PATIENCE.toSeconds(), TimeUnit.SECONDS)).isTrue();
        assertThat(cache).as(Files.readString(log.toPath())).isNotEmptyFile();
    }

    private static void copy(Path from, Path to) throws IOException {
        try (Stream<Path> files = Files.walk(from)) {
            for (Path file : files.toList()) {
                Path copy = to.resolve(from.relativize(file).toString());
                if (Files.isDirectory(file)) {
                    Files.createDirectories(copy);
                } else {
                    Files.copy(file, copy);
                }
            }
        }
    }
}
