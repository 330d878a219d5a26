package dev.millrace.emulator;

import dev.millrace.emulator.bigquery.BigQueryApi;
import dev.millrace.emulator.bigquery.JobFaults;
import dev.millrace.emulator.http.Calls;
import dev.millrace.emulator.http.Faults;
import dev.millrace.emulator.http.HttpEndpoint;
import dev.millrace.emulator.secretmanager.SecretManagerServer;
import dev.millrace.emulator.secretmanager.SecretStore;
import dev.millrace.emulator.storage.Buckets;
import dev.millrace.emulator.storage.StorageApi;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Path;

/**
 * Google's services as far as Millrace uses them, on free ports of the loopback, over the protocols that Google's own
 * client libraries speak. What it holds is kept in a folder, and there again at the next start. Safe for use by
 * several threads.
 */
public final class GcpEmulator implements AutoCloseable {
    private final Faults faults = new Faults();
    private final Calls calls = new Calls();
    private final Buckets buckets;
    private final BigQueryApi bigQuery;
    private final SecretStore secrets = new SecretStore();
    private final HttpEndpoint http;
    private final SecretManagerServer secretManager;

    private GcpEmulator(Path folder) throws IOException {
        this.buckets = new Buckets(folder.resolve("buckets"));
        this.http = new HttpEndpoint(0, faults, calls);
        StorageApi.serve(http, buckets);
        this.bigQuery = new BigQueryApi(folder.resolve("bigquery"), buckets);
        bigQuery.serve(http);
        this.secretManager = new SecretManagerServer(0, secrets, faults, calls);
    }

    /**
     * Starts everything.
     *
     * @param folder for what is stored; made when missing
     */
    public static GcpEmulator start(Path folder) throws IOException {
        return new GcpEmulator(folder);
    }

    /** Where Cloud Storage, BigQuery and {@code /token} are. */
    public URI http() {
        return http.url();
    }

    /** Where Secret Manager is: gRPC without TLS. */
    public URI secretManager() {
        return secretManager.url();
    }

    /** Faults of all services on order. */
    public Faults faults() {
        return faults;
    }

    /** Calls of all services so far. */
    public Calls calls() {
        return calls;
    }

    public Buckets buckets() {
        return buckets;
    }

    public SecretStore secrets() {
        return secrets;
    }

    /** What is to go wrong with BigQuery's jobs while they are executed. */
    public JobFaults jobFaults() {
        return bigQuery.faults();
    }

    /** Lets jobs of BigQuery come to their end. */
    @Override
    public void close() {
        secretManager.close();
        http.close();
        bigQuery.close();
    }
}
