package dev.millrace.standalone;

import dev.millrace.problem.ErrorCode;
import dev.millrace.problem.Problem;
import dev.millrace.standalone.client.RefusedException;
import dev.millrace.standalone.client.UnreachableException;
import dev.millrace.standalone.process.StartException;
import io.micronaut.core.annotation.Nullable;
import io.micronaut.serde.ObjectMapper;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.List;
import org.slf4j.LoggerFactory;
import picocli.CommandLine;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.UnmatchedArgumentException;

/**
 * The answer to calls that fail: in a line or more on standard error and, with {@code --json}, a problem on standard
 * output.
 */
final class Failures {
    private static final String JSON = "--json";

    private Failures() {}

    /** @return the exit code */
    static int misunderstood(ParameterException failure, String[] arguments) {
        CommandLine command = failure.getCommandLine();
        command.getErr().println(TextTable.printable(String.valueOf(failure.getMessage())));
        if (!UnmatchedArgumentException.printSuggestions(failure, command.getErr())) {
            command.usage(command.getErr());
        }
        command.getErr().flush();
        if (List.of(arguments).contains(JSON)) {
            print(command, problem(ErrorCode.REQUEST_INVALID, failure.getMessage()));
        }
        return ExitCode.WRONG_CALL;
    }

    /** @return the exit code */
    static int failed(Exception failure, CommandLine command) {
        if (failure instanceof InterruptedException) {
            return ExitCode.FAILED; // by a signal: whoever sent it knows
        }
        Problem problem = switch (failure) {
            case RefusedException refused -> refused.problem();
            case UnreachableException _, StartException _ ->
                problem(ErrorCode.SERVICE_UNAVAILABLE, failure.getMessage());
            case WrongCallException _ -> problem(ErrorCode.REQUEST_INVALID, failure.getMessage());
            case UncheckedIOException io -> problem(ErrorCode.INTERNAL, io.getMessage() + reason(io.getCause()));
            default -> {
                LoggerFactory.getLogger(Failures.class).error("{} failed", command.getCommandName(), failure);
                yield problem(ErrorCode.INTERNAL, "failed unexpectedly: " + failure);
            }
        };
        String code = failure instanceof RefusedException ? problem.code() + ": " : "";
        command.getErr().println(TextTable.printable(code + problem.detail()));
        if (problem.errors() != null) {
            problem.errors().forEach(error -> command.getErr().println(FieldErrors.line(error)));
        }
        command.getErr().flush();
        if (command.getParseResult().hasMatchedOption(JSON)) {
            print(command, problem);
        }
        if (failure instanceof UnreachableException || failure instanceof StartException) {
            return ExitCode.UNREACHABLE;
        }
        return problem.status() < 500 ? ExitCode.WRONG_CALL : ExitCode.FAILED;
    }

    private static String reason(@Nullable Throwable cause) {
        return cause == null ? "" : " (" + cause.getMessage() + ")";
    }

    private static Problem problem(ErrorCode code, @Nullable String detail) {
        String title = switch (code.status()) {
            case 400 -> "Bad Request";
            case 503 -> "Service Unavailable";
            default -> "Internal Server Error";
        };
        return Problem.of(code, title, String.valueOf(detail));
    }

    private static void print(CommandLine command, Problem problem) {
        try {
            command.getOut().println(ObjectMapper.getDefault().writeValueAsString(problem));
            command.getOut().flush();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
