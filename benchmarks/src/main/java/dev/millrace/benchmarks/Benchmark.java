package dev.millrace.benchmarks;

import java.util.List;

/** One thing that is measured, with what it is compared with. */
interface Benchmark {
    /** Leaves nothing running, and in the place's folder only what the caller removes. */
    List<Measurement> measure(BenchmarkEnvironment environment) throws Exception;
}
