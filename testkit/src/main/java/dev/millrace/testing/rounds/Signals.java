package dev.millrace.testing.rounds;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;

/** What the system can do to a process. */
final class Signals {
    private Signals() {}

    static void send(String signal, long pid) throws IOException, InterruptedException {
        call(List.of("kill", "-" + signal, String.valueOf(pid)));
    }

    /** Whether files of a process can be limited here. */
    static boolean canLimitFiles() throws InterruptedException {
        try {
            return call(List.of("prlimit", "--version")) == 0;
        } catch (IOException e) {
            return false;
        }
    }

    /** @param size in bytes, or {@code unlimited}: what is longer can't be written, as on a disk that is full */
    static void limitFiles(String size, long pid) throws IOException, InterruptedException {
        call(List.of("prlimit", "--pid", String.valueOf(pid), "--fsize=" + size + ":"));
    }

    private static int call(List<String> command) throws IOException, InterruptedException {
        return new ProcessBuilder(command)
                .redirectErrorStream(true)
                .redirectOutput(Path.of("/dev/null").toFile())
                .start()
                .waitFor();
    }
}
