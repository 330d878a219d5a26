package dev.millrace.service;

import java.lang.management.ManagementFactory;
import java.util.Locale;

/**
 * The processors and memory of this process: of the container around it, or else of the machine.
 *
 * @param processors that the JVM uses
 * @param memory bytes of all that the process may take
 * @param heap bytes of them that the JVM's heap may grow to
 */
public record Resources(int processors, long memory, long heap) {
    private static final long MIB = 1024 * 1024;

    /** Of the JVM's own beside the heap: classes, compiled code, threads, buffers. */
    private static final long BESIDE_HEAP = 128 * MIB;

    private static final long LEAST_HEAP = 96 * MIB;
    private static final long LEAST_FOR_ENGINE = 256 * MIB;

    public static Resources ofProcess() {
        Runtime runtime = Runtime.getRuntime();
        long memory = ManagementFactory.getPlatformMXBean(com.sun.management.OperatingSystemMXBean.class)
                .getTotalMemorySize();
        return new Resources(runtime.availableProcessors(), memory, runtime.maxMemory());
    }

    /** @throws IllegalStateException when no service could work with so little, and would be killed sooner or later */
    void requireEnough() {
        if (heap < LEAST_HEAP || memory - heap < BESIDE_HEAP) {
            throw new IllegalStateException(this + " (expected: a heap of " + mebibytes(LEAST_HEAP) + " or more, and "
                    + mebibytes(BESIDE_HEAP) + " or more beside it; raise the container's memory limit, or change"
                    + " -XX:MaxRAMPercentage)");
        }
    }

    /**
     * Memory of each of so many engines, which is beside the heap: what heap and JVM leave, but four fifths of what the
     * heap leaves at most, for an engine takes some that it doesn't count.
     *
     * @return bytes
     * @throws IllegalStateException when it's too little to work with; names what to change
     */
    public long share(int engines) {
        long beside = memory - heap;
        long share = Math.min(beside / 5 * 4, beside - BESIDE_HEAP) / engines;
        if (share < LEAST_FOR_ENGINE) {
            throw new IllegalStateException(this + ", which leaves " + mebibytes(Math.max(0, share)) + " for "
                    + (engines == 1 ? "the engine" : "each of " + engines + " engines") + " (expected: "
                    + mebibytes(LEAST_FOR_ENGINE) + " or more; raise the container's"
                    + " memory limit, lower -XX:MaxRAMPercentage, take fewer tasks at once by millrace.worker.capacity,"
                    + " or set the engine's memory-limit)");
        }
        return share;
    }

    /** Whole MiB, such as {@code 1,024 MiB}. */
    public static String mebibytes(long bytes) {
        return String.format(Locale.ROOT, "%,d MiB", bytes / MIB);
    }

    @Override
    public String toString() {
        return processors + (processors == 1 ? " processor, " : " processors, ") + mebibytes(memory)
                + " of memory, of which the heap may take " + mebibytes(heap);
    }
}
