package dev.millrace.gateway.api;

import io.micronaut.core.io.ResourceResolver;
import jakarta.inject.Singleton;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.util.Properties;

/** The version of this gateway, as it was built. Safe for use by several threads. */
@Singleton
public final class Version {
    private final String text;

    Version(ResourceResolver resources) {
        Properties built = new Properties();
        try (InputStream file = resources
                .getResourceAsStream("classpath:millrace-version.properties")
                .orElseThrow()) {
            built.load(file);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        this.text = built.getProperty("version");
    }

    /** Such as {@code 1.2.3}. */
    public String text() {
        return text;
    }
}
