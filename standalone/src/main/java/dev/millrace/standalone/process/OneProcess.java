package dev.millrace.standalone.process;

import java.net.URI;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;

/** All four services in this process, each with its own context and its own port. */
public final class OneProcess implements Installation {
    private final Map<Service, RunningService> services = new EnumMap<>(Service.class);
    private final GatewayFile file;

    private OneProcess(GatewayFile file) {
        this.file = file;
    }

    /** @throws StartException when a service doesn't start; none runs then */
    public static OneProcess start(Settings settings) {
        OneProcess process = new OneProcess(new GatewayFile(settings.home()));
        try {
            process.startServices(settings);
        } catch (RuntimeException e) {
            process.close();
            throw e;
        }
        return process;
    }

    private void startServices(Settings settings) {
        int gatewayPort = settings.port() == 0 ? -1 : settings.port();
        try (ExecutorService threads = Executors.newFixedThreadPool(Service.WORKERS.size())) {
            Map<Service, Future<RunningService>> starting = new EnumMap<>(Service.class);
            for (Service worker : Service.WORKERS) {
                starting.put(worker, threads.submit(() -> RunningService.start(worker, settings.worker(worker, -1))));
            }
            List<RuntimeException> failures = new ArrayList<>();
            starting.forEach((worker, future) -> {
                try {
                    services.put(worker, future.get());
                } catch (ExecutionException e) {
                    failures.add(
                            e.getCause() instanceof StartException known
                                    ? known
                                    : new StartException("the " + worker.id() + " doesn't start", e.getCause()));
                } catch (InterruptedException e) {
                    Thread.currentThread().interrupt();
                    failures.add(new StartException("interrupted while the " + worker.id() + " started", e));
                }
            });
            if (!failures.isEmpty()) {
                throw failures.getFirst();
            }
        }
        Map<Service, URI> workers = new EnumMap<>(Service.class);
        services.forEach((worker, service) -> workers.put(worker, service.url()));
        services.put(Service.GATEWAY, RunningService.start(Service.GATEWAY, settings.gateway(gatewayPort, workers)));
        if (settings.lasting()) {
            file.write(gateway());
        }
    }

    @Override
    public URI gateway() {
        return url(Service.GATEWAY);
    }

    URI url(Service wanted) {
        RunningService service = services.get(wanted);
        if (service == null) {
            throw new IllegalStateException("the " + wanted.id() + " has been stopped");
        }
        return service.url();
    }

    @Override
    public synchronized void close() {
        boolean interrupted = Thread.interrupted(); // as by Ctrl-C: no reason to end in a hurry
        file.delete();
        try (ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
            for (Service worker : Service.WORKERS) {
                RunningService service = services.remove(worker);
                if (service != null) {
                    threads.execute(service::close);
                }
            }
        }
        RunningService gateway = services.remove(Service.GATEWAY);
        if (gateway != null) {
            gateway.close();
        }
        if (interrupted) {
            Thread.currentThread().interrupt();
        }
    }
}
