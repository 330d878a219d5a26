package dev.millrace.standalone;

import dev.millrace.standalone.process.FourProcesses;
import dev.millrace.standalone.process.RunningService;
import dev.millrace.standalone.process.Service;
import java.io.IOException;
import java.io.OutputStream;
import java.util.Arrays;
import java.util.concurrent.Callable;
import java.util.concurrent.CountDownLatch;
import picocli.CommandLine.Command;
import picocli.CommandLine.Parameters;

/** One service, for {@code start --separate}, until a signal or the end of the standard input. */
@Command(name = "service", hidden = true, description = "Run one service, with the properties that start left for it.")
final class ServiceCommand implements Callable<Integer> {
    @Parameters(paramLabel = "NAME")
    private String name = "";

    private final CommandEnvironment environment;

    ServiceCommand(CommandEnvironment environment) {
        this.environment = environment;
    }

    @Override
    @SuppressWarnings("try") // the service is only to be closed
    public Integer call() throws InterruptedException {
        Service service = Arrays.stream(Service.values())
                .filter(candidate -> candidate.id().equals(name))
                .findFirst()
                .orElseThrow(() -> new WrongCallException("no service is called " + name));
        environment.logToFile(service.id()); // which has an end, unlike the file that standard error goes to
        CountDownLatch orphaned = new CountDownLatch(1);
        Thread.ofPlatform().daemon().name("await-end-of-input").start(() -> awaitEndOfInput(orphaned));
        try (RunningService running =
                RunningService.start(service, FourProcesses.properties(environment.home(), service))) {
            orphaned.await(); // or until a signal interrupts this thread
        }
        return ExitCode.SUCCESS;
    }

    /** Whoever started this process writes nothing; the stream ends with it. */
    private static void awaitEndOfInput(CountDownLatch ended) {
        try {
            System.in.transferTo(OutputStream.nullOutputStream());
        } catch (IOException e) {
            // as good as its end
        }
        ended.countDown();
    }
}
