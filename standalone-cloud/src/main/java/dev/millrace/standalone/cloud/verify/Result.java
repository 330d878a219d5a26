package dev.millrace.standalone.cloud.verify;

import io.micronaut.serde.annotation.Serdeable;

/**
 * What one check has found.
 *
 * @param check its name, as it is asked for
 * @param what of it
 * @param seen in words; for one that failed, what was expected as well
 */
@Serdeable
public record Result(String check, String what, boolean passed, String seen, long millis) {}
