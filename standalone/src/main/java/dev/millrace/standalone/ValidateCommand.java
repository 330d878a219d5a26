package dev.millrace.standalone;

import dev.millrace.pipeline.Pipeline;
import dev.millrace.pipeline.PipelineReader;
import dev.millrace.problem.Problem;
import io.micronaut.serde.ObjectMapper;
import io.micronaut.serde.annotation.Serdeable;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

@Command(name = "validate", description = "Check pipeline files, and say everything that is wrong with them.")
final class ValidateCommand implements Callable<Integer> {
    @Spec
    @SuppressWarnings("NullAway.Init") // picocli sets it
    private CommandSpec spec;

    @Parameters(arity = "1..*", paramLabel = "FILE", description = "Pipeline files.")
    private List<Path> files = List.of();

    @Option(names = "--json", description = "Print one JSON document.")
    private boolean json;

    /** What {@code --json} prints. */
    @Serdeable
    record Checked(boolean valid, List<CheckedFile> files) {}

    @Serdeable
    record CheckedFile(String file, boolean valid, List<Problem.FieldError> errors) {}

    @Override
    public Integer call() throws IOException {
        List<CheckedFile> checked = new ArrayList<>();
        for (Path file : files) {
            List<Problem.FieldError> errors = switch (PipelineReader.read(file)) {
                case PipelineReader.Result.Valid(Pipeline pipeline) -> List.of();
                case PipelineReader.Result.Invalid(List<Problem.FieldError> found) -> found;
            };
            checked.add(new CheckedFile(file.toString(), errors.isEmpty(), errors));
        }
        boolean valid = checked.stream().allMatch(CheckedFile::valid);
        if (json) {
            spec.commandLine()
                    .getOut()
                    .println(ObjectMapper.getDefault().writeValueAsString(new Checked(valid, checked)));
        } else {
            checked.forEach(this::print);
        }
        return valid ? ExitCode.SUCCESS : ExitCode.WRONG_CALL;
    }

    private void print(CheckedFile file) {
        if (file.valid()) {
            spec.commandLine().getOut().println(file.file() + ": valid");
        }
        file.errors().forEach(error -> spec.commandLine().getErr().println(FieldErrors.line(error)));
    }
}
