package dev.millrace.standalone.cloud;

import dev.millrace.standalone.CloudTools;
import dev.millrace.standalone.CommandEnvironment;
import dev.millrace.standalone.process.Home;
import java.util.Set;
import java.util.concurrent.Callable;

/** Found by the command line when this module is on the class path. */
public final class CloudJars implements CloudTools {
    @Override
    public Emulation emulate(Home home, Set<String> buckets) {
        return EmulatedCloud.start(home, buckets);
    }

    @Override
    public Callable<Integer> verifyCloud(CommandEnvironment environment) {
        return new VerifyCloudCommand(environment);
    }
}
