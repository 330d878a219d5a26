package dev.millrace.standalone.cloud.verify;

import dev.millrace.standalone.process.Cloud;
import dev.millrace.standalone.process.FourProcesses;
import dev.millrace.standalone.process.Home;
import dev.millrace.standalone.process.OneProcess;
import dev.millrace.standalone.process.Service;
import dev.millrace.standalone.process.Settings;
import java.io.IOException;
import java.util.Collection;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.TreeSet;

/** The four services, each a process with a relay between it and Google, and whatever else checks need. */
final class Trial implements AutoCloseable {
    /** Of one job; a bound for what a mistake can cost. */
    private static final long BYTES_BILLED = 10L * 1024 * 1024 * 1024;

    /** Of a task whose service was killed: another attempt is to follow soon. */
    private static final String LEASE = "3s";

    private final Target target;
    private final Names names;
    private final Google google;
    private final Home home;
    private final Map<Service, Relay> relays = new EnumMap<>(Service.class);
    private final FourProcesses processes;
    private final Installed installed;

    private Trial(Target target, Names names, Google google, Home home) throws IOException {
        this.target = target;
        this.names = names;
        this.google = google;
        this.home = home;
        try {
            for (Service service : Service.values()) {
                relays.put(service, new Relay(target.storage(), target.bigquery()));
            }
            this.processes = FourProcesses.start(settings(home, this::relay), news -> {});
            this.installed = new Installed(processes, home);
        } catch (RuntimeException e) {
            relays.values().forEach(Relay::close);
            throw e;
        }
    }

    /** Starts the services, with their files in a folder. */
    static Trial start(Target target, Names names, Google google, Home home) throws IOException {
        return new Trial(target, names, google, home);
    }

    Target target() {
        return target;
    }

    Names names() {
        return names;
    }

    Google google() {
        return google;
    }

    Installed installed() {
        return installed;
    }

    Relay relay(Service service) {
        return Objects.requireNonNull(relays.get(service));
    }

    void kill(Service service) {
        processes.kill(service);
    }

    /** Another installation with the same ledger, in this process, whose calls have a relay of their own. */
    Installed second(Relay relay) {
        Home other = new Home(home.root().resolve("second"));
        other.create();
        return new Installed(OneProcess.start(settings(other, service -> relay)), other);
    }

    /** Which relay a service takes for Google. */
    private interface Relays {
        Relay of(Service service);
    }

    private Settings settings(Home at, Relays relaying) {
        Cloud cloud = service -> properties(relaying.of(service));
        return new Settings(at, List.of(at.pipelines()), 0, true, cloud);
    }

    private Map<String, Object> properties(Relay relay) {
        Map<String, Object> properties = new HashMap<>();
        properties.put("millrace.gcp.project", target.project());
        properties.put("millrace.gcp.authentication", target.isEmulated() ? "none" : "google");
        properties.put("millrace.gcp.storage-host", relay.url().toString());
        properties.put("millrace.gcp.bigquery-host", relay.url().toString());
        properties.put("millrace.staging.type", "gcs");
        properties.put("millrace.staging.bucket", target.bucket());
        properties.put("millrace.staging.prefix", names.folder() + "/staging");
        properties.put("millrace.publish.type", "gcs");
        properties.put("millrace.publish.buckets", target.bucket());
        properties.put("millrace.backup.bucket", target.bucket());
        properties.put("millrace.warehouse.type", "bigquery");
        properties.put("millrace.warehouse.bigquery.location", target.location());
        properties.put("millrace.warehouse.bigquery.dataset", names.ledger());
        properties.put("millrace.warehouse.bigquery.maximum-bytes-billed", String.valueOf(BYTES_BILLED));
        properties.put("millrace.gateway.lease", LEASE);
        if (target.secret() != null) {
            properties.put("millrace.secrets.type", "secret-manager");
            properties.put(
                    "millrace.gcp.secret-manager-host", target.secretManager().toString());
        }
        return properties;
    }

    /** How many calls the services have made so far. */
    int calls() {
        return relays.values().stream().mapToInt(relay -> relay.calls().size()).sum();
    }

    /** Ids of all jobs that the services have asked for. */
    Collection<String> jobs() {
        Set<String> ids = new TreeSet<>();
        for (Relay relay : relays.values()) {
            relay.calls().stream()
                    .map(Relay.Call::job)
                    .filter(id -> !id.isEmpty())
                    .forEach(ids::add);
        }
        return ids;
    }

    @Override
    public void close() {
        installed.close();
        relays.values().forEach(Relay::close);
    }
}
