package dev.millrace.standalone.process;

import java.io.IOException;
import java.io.StringReader;
import java.io.StringWriter;
import java.io.UncheckedIOException;
import java.net.URI;
import java.nio.file.Files;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.Iterator;
import java.util.Map;
import java.util.Properties;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.function.Consumer;

/**
 * Each service in a process of its own, supervised. Ports are chosen once and kept, so a service that is started
 * again is found where it was.
 */
public final class FourProcesses implements Installation {
    private final Map<Service, SupervisedProcess> processes = new EnumMap<>(Service.class);
    private final GatewayFile file;
    private final URI gateway;

    private FourProcesses(GatewayFile file, URI gateway) {
        this.file = file;
        this.gateway = gateway;
    }

    /**
     * @param news told what becomes of the processes, a line each; called by several threads
     * @throws StartException when a service doesn't start; none runs then
     */
    public static FourProcesses start(Settings settings, Consumer<String> news) {
        Home home = settings.home();
        Map<Service, Integer> ports = new EnumMap<>(Service.class);
        Iterator<Integer> free = Ports.free(Service.values().length).iterator();
        for (Service service : Service.values()) {
            ports.put(service, free.next());
        }
        if (settings.port() != 0) {
            ports.put(Service.GATEWAY, settings.port());
        }
        Map<Service, URI> urls = new EnumMap<>(Service.class);
        ports.forEach((service, port) -> urls.put(service, Settings.loopback(port)));
        URI gateway = Settings.loopback(ports.getOrDefault(Service.GATEWAY, settings.port()));
        Map<Service, URI> workers = new EnumMap<>(urls);
        workers.remove(Service.GATEWAY);

        FourProcesses all = new FourProcesses(new GatewayFile(home), gateway);
        try {
            urls.forEach((service, url) -> {
                Map<String, Object> properties = service == Service.GATEWAY
                        ? settings.gateway(url.getPort(), workers)
                        : settings.worker(service, url.getPort());
                Home.write(home.properties(service.id()), text(properties));
                all.processes.put(service, new SupervisedProcess(service, home, url, news));
            });
            all.processes.values().forEach(SupervisedProcess::start);
            all.processes.values().forEach(SupervisedProcess::awaitReady);
            all.file.write(gateway);
        } catch (RuntimeException e) {
            all.close();
            throw e;
        }
        return all;
    }

    private static String text(Map<String, Object> properties) {
        Properties texts = new Properties();
        texts.putAll(properties);
        StringWriter writer = new StringWriter();
        try {
            texts.store(writer, null);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return writer.toString();
    }

    /** What {@link #start} left for the process of {@code service}; keys are among it. */
    public static Map<String, Object> properties(Home home, Service service) {
        Properties texts = new Properties();
        try {
            texts.load(new StringReader(Files.readString(home.properties(service.id()))));
        } catch (IOException e) {
            throw new UncheckedIOException("can't read " + home.properties(service.id()), e);
        }
        Map<String, Object> properties = new HashMap<>();
        texts.forEach((key, value) -> properties.put((String) key, value));
        return properties;
    }

    /** Kills the process of a service, as if its machine had failed; returns when it is dead. It is started again at once. */
    public void kill(Service service) {
        SupervisedProcess process = processes.get(service);
        if (process == null) {
            throw new IllegalStateException("the " + service.id() + " has been stopped");
        }
        process.kill();
    }

    @Override
    public URI gateway() {
        return gateway;
    }

    @Override
    public synchronized void close() {
        boolean interrupted = Thread.interrupted(); // as by Ctrl-C: no reason to end in a hurry
        file.delete();
        try (ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
            for (Service worker : Service.WORKERS) {
                SupervisedProcess process = processes.remove(worker);
                if (process != null) {
                    threads.execute(process::close);
                }
            }
        }
        SupervisedProcess last = processes.remove(Service.GATEWAY);
        if (last != null) {
            last.close();
        }
        if (interrupted) {
            Thread.currentThread().interrupt();
        }
    }
}
