package dev.millrace.gcp;

import io.micronaut.context.annotation.EachProperty;
import io.micronaut.context.annotation.Parameter;
import java.nio.file.Path;

/**
 * Credentials that a pipeline names with {@code credentials:}.
 *
 * @param name lower case letters, digits and -
 * @param keyFile of a service account, as Google hands it out, in JSON
 */
@EachProperty("millrace.gcp.credentials")
record KeyFileConfig(@Parameter String name, Path keyFile) {}
