package dev.millrace.standalone;

import dev.millrace.standalone.process.FourProcesses;
import dev.millrace.standalone.process.RunningService;
import dev.millrace.standalone.process.Service;
import java.io.IOException;
import java.util.Arrays;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Parameters;

/** One service, for {@code start --separate}, until a signal or the end of the standard input. */
@Command(name = "service", hidden = true, description = "Run one service, with the properties that start left for it.")
final class ServiceCommand implements Callable<Integer> {
    @Parameters(paramLabel = "NAME")
    private String name = "";

    private final Surroundings surroundings;

    ServiceCommand(Surroundings surroundings) {
        this.surroundings = surroundings;
    }

    @Override
    public Integer call() throws IOException {
        Service service = Arrays.stream(Service.values())
                .filter(candidate -> candidate.id().equals(name))
                .findFirst()
                .orElseThrow(() -> new WrongCallException("no service is called " + name));
        RunningService running = RunningService.start(service, FourProcesses.properties(surroundings.home(), service));
        Runtime.getRuntime().addShutdownHook(new Thread(running::close, "stop-service"));
        while (System.in.read() >= 0) {
            // whoever started this process writes nothing; the stream ends with it
        }
        return ExitCode.SUCCESS;
    }
}
