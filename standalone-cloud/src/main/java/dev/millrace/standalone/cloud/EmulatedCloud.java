package dev.millrace.standalone.cloud;

import dev.millrace.emulator.GcpEmulator;
import dev.millrace.standalone.CloudTools;
import dev.millrace.standalone.process.Home;
import dev.millrace.standalone.process.Service;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.util.Map;
import java.util.Set;

/** Google Cloud's services, emulated within this process; what they hold is in the home and there again next time. */
public final class EmulatedCloud implements CloudTools.Emulation {
    private static final String PROJECT = "millrace";
    private static final String BUCKET = "millrace-staging";
    private static final String BACKUPS = "millrace-backups";
    private static final String LOCATION = "EU";

    private final GcpEmulator emulator;

    private final Set<String> published;

    private EmulatedCloud(GcpEmulator emulator, Set<String> published) {
        this.emulator = emulator;
        this.published = Set.copyOf(published);
    }

    /**
     * Secret Manager has the secrets that the home's files have now.
     *
     * @param published buckets that pipelines may publish to, made when missing
     */
    public static EmulatedCloud start(Home home, Set<String> published) {
        try {
            GcpEmulator emulator = GcpEmulator.start(home.emulator());
            emulator.buckets().create(BUCKET);
            emulator.buckets().create(BACKUPS);
            published.forEach(emulator.buckets()::create);
            home.secretValues()
                    .forEach(
                            (name, value) -> emulator.secrets().add("projects/" + PROJECT + "/secrets/" + name, value));
            return new EmulatedCloud(emulator, published);
        } catch (IOException e) {
            throw new UncheckedIOException(home.emulator() + ": the emulator doesn't start", e);
        }
    }

    @Override
    public Map<String, Object> properties(Service service) {
        String http = emulator.http().toString();
        return Map.ofEntries(
                Map.entry("millrace.gcp.project", PROJECT),
                Map.entry("millrace.gcp.authentication", "none"),
                Map.entry("millrace.gcp.storage-host", http),
                Map.entry("millrace.gcp.bigquery-host", http),
                Map.entry(
                        "millrace.gcp.secret-manager-host",
                        emulator.secretManager().toString()),
                Map.entry("millrace.staging.type", "gcs"),
                Map.entry("millrace.staging.bucket", BUCKET),
                Map.entry("millrace.backup.bucket", BACKUPS),
                Map.entry("millrace.publish.type", "gcs"),
                Map.entry("millrace.publish.buckets", String.join(",", published)),
                Map.entry("millrace.secrets.type", "secret-manager"),
                Map.entry("millrace.warehouse.type", "bigquery"),
                Map.entry("millrace.warehouse.bigquery.location", LOCATION));
    }

    @Override
    public URI http() {
        return emulator.http();
    }

    @Override
    public String project() {
        return PROJECT;
    }

    /** To be looked into, and disturbed. */
    public GcpEmulator emulator() {
        return emulator;
    }

    @Override
    public void close() {
        emulator.close();
    }
}
