package dev.millrace.loader.bucket;

import com.google.cloud.NoCredentials;
import dev.millrace.emulator.GcpEmulator;
import dev.millrace.gcp.GcpConfig;
import dev.millrace.staging.StagingStore;
import dev.millrace.staging.gcs.GcsStagingStore;
import java.io.IOException;
import java.nio.file.Path;
import java.util.UUID;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.io.TempDir;

class GcsPublisherTest extends PublisherContract {
    @TempDir
    private static Path google;

    private static GcpEmulator emulator;

    @BeforeAll
    static void start() throws IOException {
        emulator = GcpEmulator.start(google);
    }

    @AfterAll
    static void stop() {
        emulator.close();
    }

    @Override
    StagingStore bucket() {
        String name = "lake-" + UUID.randomUUID();
        emulator.buckets().create(name);
        GcpConfig config = new GcpConfig(null, GcpConfig.Authentication.NONE, emulator.http(), null, null);
        return GcsStagingStore.open(name, "", 256 * 1024, config, NoCredentials.getInstance());
    }
}
