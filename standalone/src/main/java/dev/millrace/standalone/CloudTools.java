package dev.millrace.standalone;

import dev.millrace.standalone.process.Cloud;
import dev.millrace.standalone.process.Home;
import java.net.URI;
import java.util.Optional;
import java.util.ServiceLoader;
import java.util.Set;
import java.util.concurrent.Callable;

/**
 * What the command line can do to try Google Cloud, which nobody needs in order to run there. It is in jars of its own,
 * those of the module {@code standalone-cloud}: the launcher {@code ./millrace} adds them to the class path when they
 * are asked for, and images don't have them.
 */
public interface CloudTools {
    /** Of the command, whether or not its jars are there. */
    String VERIFY_CLOUD =
            "Try everything that Millrace needs of BigQuery, Cloud Storage and Secret Manager, and clean up.";

    /** Google Cloud's services, emulated within this process until it is closed. */
    interface Emulation extends Cloud, AutoCloseable {
        /** Base URL of Cloud Storage and BigQuery. */
        URI http();

        /** The project that everything belongs to. */
        String project();

        @Override
        void close();
    }

    /**
     * Starts the emulated services; what they hold is in the home, and there again next time.
     *
     * @param buckets that pipelines may publish to, made when missing
     */
    Emulation emulate(Home home, Set<String> buckets);

    /** The command {@code verify-cloud}, annotated for picocli. */
    Callable<Integer> verifyCloud(CommandEnvironment environment);

    /** Those of the class path; empty where it lacks the jars. */
    static Optional<CloudTools> find() {
        return ServiceLoader.load(CloudTools.class).findFirst();
    }

    /**
     * Those of the class path.
     *
     * @param asked what needs them, as it was called
     * @throws WrongCallException without their jars
     */
    static CloudTools required(String asked) {
        return find().orElseThrow(() -> new WrongCallException(asked
                + " needs the jars of standalone-cloud, which the class path lacks: images don't have them, call"
                + " ./millrace of the source tree"));
    }
}
