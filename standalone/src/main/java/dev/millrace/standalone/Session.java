package dev.millrace.standalone;

import dev.millrace.standalone.client.GatewayClient;
import dev.millrace.standalone.process.GatewayFile;
import dev.millrace.standalone.process.Home;
import dev.millrace.standalone.process.OneProcess;
import dev.millrace.standalone.process.Settings;
import io.micronaut.core.annotation.Nullable;
import java.io.PrintWriter;
import java.net.URI;
import java.time.Duration;
import java.util.Optional;
import java.util.function.BooleanSupplier;

/**
 * A gateway for the length of a call: one elsewhere, the one that runs in the home or, when there is none, one of our
 * own.
 */
final class Session implements AutoCloseable {
    private static final Duration LOOK = Duration.ofMillis(200);

    private final GatewayClient gateway;
    private final BooleanSupplier returning;
    private final @Nullable Own own;

    private Session(GatewayClient gateway, BooleanSupplier returning, @Nullable Own own) {
        this.gateway = gateway;
        this.returning = returning;
        this.own = own;
    }

    /** @param url without a path */
    static Session remote(URI url, String token) {
        return new Session(new GatewayClient(url, token), () -> true, null);
    }

    /** What nobody but this session uses. */
    private record Own(OneProcess process, Home.Lock lock) {}

    /**
     * Waits, and says so, while another call has the home for itself.
     *
     * @param err told when there is something to wait for
     */
    static Session open(Settings settings, PrintWriter err) throws InterruptedException {
        return switch (claim(settings.home(), err)) {
            case Claim.Free(Home.Lock lock) -> own(settings, lock);
            case Claim.Running(URI url) -> running(url, settings.home());
        };
    }

    /** What is found in a home. */
    sealed interface Claim {
        /** Nothing runs there, and nothing else will while the lock is held. */
        record Free(Home.Lock lock) implements Claim {}

        /** An installation runs there. */
        record Running(URI gateway) implements Claim {}
    }

    /** Waits until a call that has the home for itself, or an installation that starts or stops there, is done. */
    static Claim claim(Home home, PrintWriter err) throws InterruptedException {
        GatewayFile file = new GatewayFile(home);
        for (boolean told = false; ; told = true) {
            Optional<Home.Lock> lock = home.lock();
            if (lock.isPresent()) {
                return new Claim.Free(lock.get());
            }
            Optional<URI> gateway = file.read();
            if (gateway.isPresent()) {
                return new Claim.Running(gateway.get());
            }
            if (!told) {
                err.println("another call is busy in " + home.root() + "; waiting for its end");
                err.flush();
            }
            Thread.sleep(LOOK);
        }
    }

    /** Whose gateway may die, and is started again; an installation that stops takes its address away. */
    private static Session running(URI url, Home home) {
        GatewayFile file = new GatewayFile(home);
        return new Session(
                new GatewayClient(url, home.token()), () -> file.read().isPresent(), null);
    }

    /** Starts everything in this process. */
    static Session own(Settings settings, Home.Lock lock) {
        try {
            OneProcess process = OneProcess.start(settings);
            GatewayClient gateway =
                    new GatewayClient(process.gateway(), settings.home().token());
            return new Session(gateway, () -> false, new Own(process, lock));
        } catch (RuntimeException e) {
            lock.close();
            throw e;
        }
    }

    GatewayClient gateway() {
        return gateway;
    }

    /** Whether a gateway that doesn't answer may soon do so again, as when it is upgraded. */
    boolean mayReturn() {
        return returning.getAsBoolean();
    }

    /** Whether the gateway is there for this call only. */
    boolean isOwn() {
        return own != null;
    }

    @Override
    public void close() {
        gateway.close();
        if (own != null) {
            own.process().close();
            own.lock().close();
        }
    }
}
