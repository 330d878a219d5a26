package dev.millrace.benchmarks;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;

/** What the kernel says of processes, see {@code proc(5)}; Linux only, in hundredths of a second. */
final class ProcessorTime {
    /** Places of numbers behind the name, of its own and of its children that have ended. */
    private static final List<Integer> OWN = List.of(11, 12);

    private static final List<Integer> ENDED = List.of(13, 14);

    private ProcessorTime() {}

    /** Of a process since it started, of all of its threads. */
    static Duration of(long pid) throws IOException {
        return hundredths(pid, OWN);
    }

    /** Likewise, of this process. */
    static Duration ofThisProcess() throws IOException {
        return of(ProcessHandle.current().pid());
    }

    /** Likewise, with that of its children, those that have ended among them. */
    static Duration withChildren(long pid) throws IOException {
        while (true) {
            try {
                Duration sum = Duration.ZERO;
                for (ProcessHandle child :
                        ProcessHandle.of(pid).orElseThrow().children().toList()) {
                    sum = sum.plus(of(child.pid()));
                }
                return sum.plus(of(pid)).plus(hundredths(pid, ENDED));
            } catch (IOException e) {
                if (!Files.exists(Path.of("/proc", String.valueOf(pid)))) {
                    throw e;
                } // else a child has ended meanwhile, and counts among those now
            }
        }
    }

    private static Duration hundredths(long pid, List<Integer> places) throws IOException {
        String stat = Files.readString(Path.of("/proc", String.valueOf(pid), "stat"));
        String[] fields = stat.substring(stat.lastIndexOf(')') + 2).split(" ", -1); // the name may have blanks
        return Duration.ofMillis(10
                * places.stream()
                        .mapToLong(place -> Long.parseLong(fields[place]))
                        .sum());
    }
}
