package dev.millrace.standalone;

import dev.millrace.emulator.GcpEmulator;
import dev.millrace.standalone.process.Cloud;
import dev.millrace.standalone.process.Home;
import java.io.IOException;
import java.io.UncheckedIOException;

/** Google Cloud's services, emulated within this process; what they hold is in the home and there again next time. */
final class EmulatedCloud implements AutoCloseable {
    static final String PROJECT = "millrace";
    private static final String BUCKET = "millrace-staging";

    private final GcpEmulator emulator;

    private EmulatedCloud(GcpEmulator emulator) {
        this.emulator = emulator;
    }

    /** Secret Manager has the secrets that the home's files have now. */
    static EmulatedCloud start(Home home) {
        try {
            GcpEmulator emulator = GcpEmulator.start(home.emulator());
            emulator.buckets().create(BUCKET);
            home.secretValues()
                    .forEach(
                            (name, value) -> emulator.secrets().add("projects/" + PROJECT + "/secrets/" + name, value));
            return new EmulatedCloud(emulator);
        } catch (IOException e) {
            throw new UncheckedIOException(home.emulator() + ": the emulator doesn't start", e);
        }
    }

    Cloud cloud() {
        return new Cloud(emulator.http(), emulator.secretManager(), PROJECT, BUCKET);
    }

    GcpEmulator emulator() {
        return emulator;
    }

    @Override
    public void close() {
        emulator.close();
    }
}
