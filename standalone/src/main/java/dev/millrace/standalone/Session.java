package dev.millrace.standalone;

import dev.millrace.standalone.client.GatewayClient;
import dev.millrace.standalone.client.UnreachableException;
import dev.millrace.standalone.process.GatewayFile;
import dev.millrace.standalone.process.Home;
import dev.millrace.standalone.process.OneProcess;
import dev.millrace.standalone.process.Settings;
import java.net.URI;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** A gateway for the length of a call: the one that runs in the home or, when there is none, one of our own. */
final class Session implements AutoCloseable {
    private final GatewayClient gateway;
    private final List<Runnable> closing = new ArrayList<>();

    private Session(GatewayClient gateway) {
        this.gateway = gateway;
        closing.add(gateway::close);
    }

    /** @throws UnreachableException when an installation runs in the home and its gateway doesn't answer */
    static Session open(Settings settings) {
        Home home = settings.home();
        Optional<Home.Lock> lock = home.lock();
        if (lock.isPresent()) {
            return own(settings, lock.get());
        }
        URI url = new GatewayFile(home)
                .read()
                .orElseThrow(() -> new UnreachableException(
                        "an installation runs in " + home.root() + ", but its gateway isn't up (yet)", null));
        return new Session(new GatewayClient(url, home.token()));
    }

    /** Starts everything in this process. */
    static Session own(Settings settings, Home.Lock lock) {
        try {
            OneProcess process = OneProcess.start(settings);
            Session session = new Session(
                    new GatewayClient(process.gateway(), settings.home().token()));
            session.closing.add(process::close);
            session.closing.add(lock::close);
            return session;
        } catch (RuntimeException e) {
            lock.close();
            throw e;
        }
    }

    GatewayClient gateway() {
        return gateway;
    }

    @Override
    public void close() {
        closing.forEach(Runnable::run);
        closing.clear();
    }
}
