package dev.millrace.service;

import io.micronaut.core.annotation.Nullable;
import io.micronaut.core.io.ResourceResolver;
import io.micronaut.http.HttpHeaders;
import io.micronaut.http.HttpResponse;
import jakarta.inject.Singleton;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.util.Properties;

/** The version of this service, as it was built. Safe for use by several threads. */
@Singleton
public final class Version {
    static final String PRODUCT = "millrace/";

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

    /** That of a service, by its answer to {@code GET /health}; null: it doesn't say. */
    public static @Nullable String of(HttpResponse<?> health) {
        String server = health.header(HttpHeaders.SERVER);
        return server == null || !server.startsWith(PRODUCT) ? null : server.substring(PRODUCT.length());
    }

    /** Such as {@code 1.2.3}. */
    public String text() {
        return text;
    }
}
