package dev.millrace.transformer;

import java.lang.management.ManagementFactory;

/** What the machine, or the container around this process, has for the engine. */
final class Memory {
    private static final long LEAST = 256L * 1024 * 1024;

    private Memory() {}

    /** Bytes for each of so many engines: what the heap leaves, less a fifth for all that is counted nowhere. */
    static long share(int engines) {
        long total = ManagementFactory.getPlatformMXBean(com.sun.management.OperatingSystemMXBean.class)
                .getTotalMemorySize();
        long beside = total - Runtime.getRuntime().maxMemory();
        return Math.max(LEAST, beside / 5 * 4 / engines);
    }
}
