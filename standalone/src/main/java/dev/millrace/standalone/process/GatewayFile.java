package dev.millrace.standalone.process;

import com.fasterxml.jackson.core.JacksonException;
import dev.millrace.format.Documents;
import dev.millrace.format.UnreadableException;
import io.micronaut.serde.ObjectMapper;
import io.micronaut.serde.annotation.Serdeable;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.util.Optional;

/** {@code gateway.json} in a home: how to reach the installation that runs there. */
public final class GatewayFile {
    private final Home home;

    public GatewayFile(Home home) {
        this.home = home;
    }

    void write(URI url) {
        try {
            Home.write(home.gateway(), ObjectMapper.getDefault().writeValueAsString(new Content(url)));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Base URL of the gateway; empty when none is up. */
    public Optional<URI> read() {
        try {
            String content = Files.readString(home.gateway());
            return Optional.of(Documents.read(content, Content.class, ObjectMapper.getDefault())
                    .url());
        } catch (NoSuchFileException e) {
            return Optional.empty();
        } catch (JacksonException | UnreadableException e) {
            throw new UncheckedIOException(home.gateway() + ": not what an installation writes", e);
        } catch (IOException e) {
            throw new UncheckedIOException(home.gateway() + ": can't read it", e);
        }
    }

    void delete() {
        try {
            Files.deleteIfExists(home.gateway());
        } catch (IOException e) {
            throw new UncheckedIOException(home.gateway() + ": can't delete it", e);
        }
    }

    @Serdeable
    record Content(URI url) {}
}
