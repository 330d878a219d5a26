package dev.millrace.standalone;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Unmatched;

/** Takes the place of {@code verify-cloud} where the class path lacks it: it is listed, and says where it is. */
@Command(name = "verify-cloud", description = CloudTools.VERIFY_CLOUD)
final class VerifyCloudElsewhere implements Callable<Integer> {
    /** Whatever the real one would take. */
    @Unmatched
    @SuppressWarnings("UnusedVariable") // picocli fills it
    private final List<String> arguments = new ArrayList<>();

    @Override
    public Integer call() {
        CloudTools.required("verify-cloud");
        return ExitCode.WRONG_CALL;
    }
}
